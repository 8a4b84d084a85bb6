-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What every script begins with. The program puts its constants before it (redis_scripts.cpp):
-- times of the store's rules in seconds, states as numbers. Ids are strings here, so that nothing
-- is rounded. The only clock is the server's.
--
-- airforce-video:1:owners              zset: owner -> end of its lease, ms
-- airforce-video:1:heard               zset: owner -> when it renewed its lease last, ms
-- airforce-video:1:number              counter: first come, first served
-- airforce-video:1:intent:ID           hash: the fields below
-- airforce-video:1:intents[:ACCOUNT]   zset: intent -> number; all, and the account's
-- airforce-video:1:request:ACCOUNT:REQUEST   zset: the intents of equal requests -> number
-- airforce-video:1:task:ACCOUNT:TASK   some intent stands for this task
-- airforce-video:1:slots:ACCOUNT       zset: intent that holds a slot -> number
-- airforce-video:1:queue:ACCOUNT       zset: intent that waits for one -> number
-- airforce-video:1:seen:ACCOUNT        hash: intent that waits -> when it asked last, s
local P = 'airforce-video:1:'
local OWNERS, HEARD, NUMBER, ALL = P .. 'owners', P .. 'heard', P .. 'number', P .. 'intents'
local FIELDS = {'account', 'request', 'model', 'summary', 'state', 'task_id', 'claimed_at',
                'sending_at', 'expires_at', 'cost_cents', 'owner', 'token', 'sent_at'}

local time = redis.call('TIME')
local now = tonumber(time[1])
local now_ms = now * 1000 + math.floor(tonumber(time[2]) / 1000)

local function intent_key(id) return P .. 'intent:' .. id end
local function list_key(account) return P .. 'intents:' .. account end
local function request_key(intent) return P .. 'request:' .. intent.account .. ':' .. intent.request end
local function task_key(account, task) return P .. 'task:' .. account .. ':' .. task end
local function slots_key(account) return P .. 'slots:' .. account end
local function queue_key(account) return P .. 'queue:' .. account end
local function seen_key(account) return P .. 'seen:' .. account end

local function next_number()
  local number = redis.call('INCR', NUMBER)
  redis.call('EXPIRE', NUMBER, INDEX_LIFE)
  return number
end

local function lives(owner)
  if owner == '0' then return false end
  local lease_end = redis.call('ZSCORE', OWNERS, owner)
  return lease_end and tonumber(lease_end) > now_ms
end

-- A lease alone can't tell a living owner from one that died a moment ago; a beat after `since` can.
local function heard_after(owner, since)
  local heard = redis.call('ZSCORE', HEARD, owner)
  return heard and tonumber(heard) > since
end

-- A table of FIELDS with `id` and `living`, or nil.
local function load(id)
  local values = redis.call('HMGET', intent_key(id), unpack(FIELDS))
  if not values[1] then return nil end
  local intent = {id = id}
  for n, name in ipairs(FIELDS) do intent[name] = values[n] end
  intent.sent_at = intent.sent_at or '0' -- programs of an earlier version leave it out
  intent.living = lives(intent.owner)
  return intent
end

local function is_settled(intent) return tonumber(intent.state) >= DELIVERED end

-- When the task is gone from the service.
local function expiry(intent)
  local expires = tonumber(intent.expires_at)
  if expires > 0 then return expires end
  return math.max(tonumber(intent.claimed_at), tonumber(intent.sending_at)) + TASK_LIFE
end

local function leave_slots(account, id)
  redis.call('ZREM', slots_key(account), id)
  redis.call('ZREM', queue_key(account), id)
  redis.call('HDEL', seen_key(account), id)
end

local function remove(intent)
  leave_slots(intent.account, intent.id)
  redis.call('DEL', intent_key(intent.id))
  redis.call('ZREM', ALL, intent.id)
  redis.call('ZREM', list_key(intent.account), intent.id)
  redis.call('ZREM', request_key(intent), intent.id)
end

-- Takes the oldest out of an index whose intents have expired, and those that are too many.
local function trim(key)
  redis.call('ZREMRANGEBYRANK', key, 0, -KEEP_INTENTS - 1)
  for _, id in ipairs(redis.call('ZRANGE', key, 0, 15)) do
    if redis.call('EXISTS', intent_key(id)) == 1 then return end
    redis.call('ZREM', key, id)
  end
end

-- Writes the whole intent; everything that is written expires.
local function save(intent)
  local key = intent_key(intent.id)
  local values = {}
  for _, name in ipairs(FIELDS) do
    values[#values + 1] = name
    values[#values + 1] = intent[name]
  end
  local is_new = redis.call('EXISTS', key) == 0
  redis.call('HSET', key, unpack(values))
  local life = math.max(expiry(intent) - now, 0) + KEEP
  redis.call('EXPIRE', key, life)
  if is_new then
    local number = next_number()
    for _, index in ipairs({ALL, list_key(intent.account), request_key(intent)}) do
      redis.call('ZADD', index, number, intent.id)
      trim(index)
    end
  end
  for _, index in ipairs({ALL, list_key(intent.account), request_key(intent)}) do
    if redis.call('TTL', index) < life then redis.call('EXPIRE', index, life) end
  end
  if intent.task_id ~= '' then
    redis.call('SET', task_key(intent.account, intent.task_id), intent.id, 'EX', life)
  end
end

-- Whether a slot that is held still counts (store.h, take_slot).
local function counts(intent)
  if not intent then return false end
  if intent.living then return true end
  local age = math.abs(now - tonumber(intent.sending_at))
  local state = tonumber(intent.state)
  return (state == SENDING and age < LOST_SLOT) or (state == CREATED and age < ORPHAN_SLOT)
end

local function hold_slot(intent)
  local slots = slots_key(intent.account)
  redis.call('ZREM', queue_key(intent.account), intent.id)
  redis.call('HDEL', seen_key(intent.account), intent.id)
  if redis.call('ZSCORE', slots, intent.id) then return end
  redis.call('ZADD', slots, next_number(), intent.id)
  redis.call('EXPIRE', slots, INDEX_LIFE)
end

-- For the answer: all fields, then whether somebody works on it, whether it holds a slot, and now.
local function answer(intent)
  local values = {intent.id}
  for _, name in ipairs(FIELDS) do values[#values + 1] = intent[name] end
  values[#values + 1] = intent.living and 1 or 0
  local held = redis.call('ZSCORE', slots_key(intent.account), intent.id)
  values[#values + 1] = (held and counts(intent)) and 1 or 0
  values[#values + 1] = now
  return values
end
