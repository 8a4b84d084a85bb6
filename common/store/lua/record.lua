-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Writes what an owner knows of one of its intents; the same thing twice does no harm. Says how it
-- was found: 'kept', 'missing' (the engine had forgotten it), 'taken' (another owner has it), and
-- under which id it is now.
--
-- `want`: 'fact'; 'sending': the POST is about to be sent, so it must be ours; 'release'.
-- `spare`: an id for a task that another owner's task keeps from its own place.
-- `reusable`: what it was claimed with.
-- `corrects`: the id of a task that the service does not know, in place of which it has another one.
local want, owner, spare, holds_slot, reusable, corrects = unpack(ARGV, 1, 6)
local mine = {id = ARGV[7]}
for n, name in ipairs(FIELDS) do mine[name] = ARGV[7 + n] end

local current = load(mine.id)
local function same(one, other)
  if not other or one.id ~= other.id then return false end
  for _, name in ipairs(FIELDS) do
    if one[name] ~= other[name] then return false end
  end
  return true
end

if current and current.owner ~= owner then
  -- Our lease ended, and somebody resumed it (or, of an answer that was lost: it is done).
  if want == 'sending' then return {'taken', mine.id, '0'} end
  local same_task = current.task_id == '' or current.task_id == mine.task_id
  local knows_task = tonumber(mine.state) >= CREATED and mine.task_id ~= ''
  if not knows_task then return {'taken', mine.id, '0'} end
  if same_task then
    if tonumber(mine.state) > tonumber(current.state) then
      current.state, current.task_id, current.cost_cents = mine.state, mine.task_id, mine.cost_cents
      current.expires_at = mine.expires_at
      for _, name in ipairs({'budget', 'budget_sum', 'budget_units', 'budget_state'}) do
        current[name] = mine[name]
      end
      if is_settled(current) then
        leave_slots(current.account, current.id)
        current.owner = '0'
      end
      save(current)
    end
    return {'taken', mine.id, current.sending_at}
  end
  -- Two tasks for one request: neither may be forgotten.
  mine.id, mine.token = spare, spare
end

-- We took the intent over while its task was unknown, and the earlier owner came to know it after all.
if current and current.owner == owner and current.task_id ~= '' and current.task_id ~= mine.task_id
    and current.task_id ~= corrects then
  if want == 'sending' then return {'taken', mine.id, '0'} end
  if mine.task_id == '' then -- whatever we believe, it was created
    for _, name in ipairs({'task_id', 'expires_at', 'cost_cents', 'budget', 'budget_sum',
                           'budget_units', 'budget_state'}) do
      mine[name] = current[name]
    end
    mine.state = current.state
  else
    mine.id, mine.token = spare, spare
    current = nil
  end
end

-- It is missing because the engine has forgotten it, or because our lease ended and somebody claimed
-- an equal request. Before anything was sent, the claim is repeated: it is ours again unless another
-- purchase is available. Afterwards it is a fact, and written again.
local unsent = tonumber(mine.state) == CLAIMED or want == 'sending'
if not current and unsent and want ~= 'release' then
  if choose(equal_intents(mine.account, mine.request), tonumber(reusable), '') ~= 'new' then
    return {'taken', mine.id, '0'}
  end
end

if want == 'sending' then mine.sending_at = tostring(now) end
if want == 'release' and tonumber(mine.state) == CLAIMED then
  if current then remove(current) end
  return {'kept', mine.id, mine.sending_at}
end
mine.owner = (want == 'release' or is_settled(mine)) and '0' or owner
if not same(mine, current) then save(mine) end
if is_settled(mine) then
  leave_slots(mine.account, mine.id)
elseif holds_slot == '1' then
  hold_slot(mine)
elseif want == 'release' then
  redis.call('ZREM', queue_key(mine.account), mine.id)
  redis.call('HDEL', seen_key(mine.account), mine.id)
end
return {current and 'kept' or 'missing', mine.id, mine.sending_at}
