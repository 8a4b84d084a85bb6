-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::claim; the rules are those of claim_rules.cpp. The token is the id of a new intent, and
-- finds what an earlier try claimed whose answer was lost.
--
-- An owner that was killed still has its lease for a while, and its request may be asked again
-- within it. So nothing is bought beside what a living owner bought before that owner is heard:
-- 'wait' then, with `asked`, the time of the first question, to be given with the next ones.
local account, request, model, summary, reusable, owner, token, asked = unpack(ARGV)
reusable = tonumber(reusable)
asked = asked == '' and now_ms or tonumber(asked)

local index = request_key({account = account, request = request})
local delivered, orphan, living, doubtful
for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  local intent = load(id)
  if not intent then
    redis.call('ZREM', index, id)
  elseif intent.token == token then
    return {id == token and 'new' or 'resume', answer(intent)}
  elseif is_settled(intent) then
    if tonumber(intent.state) == DELIVERED and now < expiry(intent) then delivered = intent end
  elseif intent.living then
    living = intent
    local bought = tonumber(intent.state) ~= CLAIMED
    if bought and intent.owner ~= owner and not heard_after(intent.owner, asked) then
      doubtful = intent
    end
  elseif tonumber(intent.state) == CLAIMED then
    remove(intent)
  else
    local known = tonumber(intent.state) == CREATED
    if not orphan or (known and tonumber(orphan.state) == SENDING) then orphan = intent end
  end
end

if reusable == FINISHED and delivered then return {'finished', answer(delivered)} end
if reusable ~= NOTHING and orphan then
  orphan.owner, orphan.token, orphan.living = owner, token, true
  save(orphan)
  return {'resume', answer(orphan)}
end
if reusable == FINISHED and living then return {'wait', answer(living), asked} end
if reusable ~= NOTHING and doubtful then return {'wait', answer(doubtful), asked} end

local fresh = {
  id = token, account = account, request = request, model = model, summary = summary,
  state = tostring(CLAIMED), task_id = '', claimed_at = tostring(now), sending_at = '0',
  expires_at = '0', cost_cents = '-1', owner = owner, token = token, sent_at = '0', living = true,
}
save(fresh)
return {'new', answer(fresh)}
