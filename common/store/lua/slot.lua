-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::take_slot. Returns the place. Writes only when something changes, so that waiting costs
-- the engine's disk nothing. Returns -1 when the engine has forgotten the intent, -2 when another
-- owner has it, and the totals of the budget when the share does not fit into it. `budget`: '' where
-- none is wanted, or the intent has its share already.
local LOOKED_AT = 16 -- waiters that are looked at for dead ones; the others when they are nearer
local account, id, limit, owner, budget, budget_sum, units = unpack(ARGV)
limit = tonumber(limit)
local slots, queue, seen = slots_key(account), queue_key(account), seen_key(account)

local mine = load(id)
if not mine then return -1 end
if mine.owner ~= owner then return -2 end
local wants_share = budget ~= '' and mine.budget == ''
if wants_share then
  local claims = redis.call('HGETALL', claims_key(budget))
  for n = 1, #claims, 2 do
    local intent = load(claims[n])
    if not intent then -- expired long after its owner died
      redis.call('HINCRBY', budget_key(budget), 'reserved', -tonumber(claims[n + 1]))
      redis.call('HDEL', claims_key(budget), claims[n])
    elseif not intent.living and tonumber(intent.state) == CLAIMED then
      remove(intent)
    end
  end
  local totals = budget_totals(budget)
  if totals and (totals[1] ~= tonumber(budget_sum)
                 or tonumber(units) > totals[1] - totals[2] - totals[3]) then
    return totals
  end
  if not totals and tonumber(units) > tonumber(budget_sum) then
    return {tonumber(budget_sum), 0, 0, 0}
  end
end
local function reserve()
  if not wants_share then return end
  mine.budget, mine.budget_sum, mine.budget_units = budget, budget_sum, units
  mine.budget_state = tostring(RESERVED)
  save(mine)
end

local used = 0
for _, holder in ipairs(redis.call('ZRANGE', slots, 0, -1)) do
  if holder == id then
    reserve()
    return 0
  end
  if counts(load(holder)) then
    used = used + 1
  else
    redis.call('ZREM', slots, holder)
  end
end

if not redis.call('ZSCORE', queue, id) then
  redis.call('ZADD', queue, next_number(), id)
  redis.call('EXPIRE', queue, INDEX_LIFE)
end
local asked = tonumber(redis.call('HGET', seen, id) or 0)
if now - asked >= STALE_WAITER / 3 then
  redis.call('HSET', seen, id, now)
  redis.call('EXPIRE', seen, INDEX_LIFE)
  redis.call('EXPIRE', queue, INDEX_LIFE)
end

local overtaken = 0
for _, other in ipairs(redis.call('ZRANGE', queue, 0, LOOKED_AT - 1)) do
  if other == id then break end
  local owner = redis.call('HGET', intent_key(other), 'owner')
  if not owner or not lives(owner) then
    redis.call('ZREM', queue, other)
    redis.call('HDEL', seen, other)
  elseif now - tonumber(redis.call('HGET', seen, other) or 0) > STALE_WAITER then
    overtaken = overtaken + 1
  end
end

local ahead = redis.call('ZRANK', queue, id) - overtaken
if ahead >= limit - used then return ahead + 1 end
hold_slot({account = account, id = id})
reserve()
return 0
