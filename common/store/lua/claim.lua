-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::claim; the rules are those of claim_rules.cpp. The token is the id of a new intent, and
-- finds what an earlier try claimed whose answer was lost. `cached_task`: the task whose clip is in
-- the asker's cache, or ''.
--
-- An owner that was killed still has its lease for a while, and its request may be asked again
-- within it. So nothing is bought beside what a living owner bought before that owner is heard:
-- 'wait' then, with `asked`, the time of the first question, to be given with the next ones.
local account, request, model, summary, reusable, owner, token, asked, cached_task = unpack(ARGV)
reusable = tonumber(reusable)
asked = asked == '' and now_ms or tonumber(asked)

local intents = equal_intents(account, request)
local doubtful
for _, intent in ipairs(intents) do
  if intent.token == token then return {intent.id == token and 'new' or 'resume', answer(intent)} end
  local bought = tonumber(intent.state) == SENDING or tonumber(intent.state) == CREATED
  if bought and intent.living and intent.owner ~= owner and not heard_after(intent.owner, asked) then
    doubtful = intent
  end
end

local kind, chosen = choose(intents, reusable, cached_task)
if kind == 'finished' then return {kind, chosen and answer(chosen) or {}} end
if kind == 'resume' then
  chosen.owner, chosen.token, chosen.living = owner, token, true
  save(chosen)
  return {kind, answer(chosen)}
end
if kind == 'wait' then return {kind, answer(chosen), asked} end
if reusable ~= NOTHING and doubtful then return {'wait', answer(doubtful), asked} end

local fresh = {
  id = token, account = account, request = request, model = model, summary = summary,
  state = tostring(CLAIMED), task_id = '', claimed_at = tostring(now), sending_at = '0',
  expires_at = '0', cost_cents = '-1', owner = owner, token = token, sent_at = '0', living = true,
  budget = '', budget_sum = '0', budget_units = '0', budget_state = '0',
}
save(fresh)
return {'new', answer(fresh)}
