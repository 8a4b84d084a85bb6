-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::intents. Leaves out what dead owners had only claimed, and what has expired.
local account, limit = ARGV[1], tonumber(ARGV[2])
local index = account == '' and ALL or list_key(account)
local answers = {}
local start = 0
while #answers < limit do
  local ids = redis.call('ZREVRANGE', index, start, start + 99)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    local intent = load(id)
    if intent and (intent.living or tonumber(intent.state) ~= CLAIMED) and #answers < limit then
      answers[#answers + 1] = answer(intent)
    end
  end
  start = start + 100
end
return answers
