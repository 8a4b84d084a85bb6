-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::take_slot. Returns the place. Writes only when something changes, so that waiting costs
-- the engine's disk nothing. Returns -1 when the engine has forgotten the intent.
local LOOKED_AT = 16 -- waiters that are looked at for dead ones; the others when they are nearer
local account, id, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local slots, queue, seen = slots_key(account), queue_key(account), seen_key(account)

if redis.call('EXISTS', intent_key(id)) == 0 then return -1 end

local used = 0
for _, holder in ipairs(redis.call('ZRANGE', slots, 0, -1)) do
  if holder == id then return 0 end
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
return 0
