-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What every script begins with. The program puts its constants before it (redis_scripts.cpp):
-- times of the store's rules in seconds, states as numbers. Ids are strings here, so that nothing
-- is rounded. The only clock is the server's.
--
-- airforce-video:2:owners              zset: owner -> end of its lease, ms
-- airforce-video:2:heard               zset: owner -> when it renewed its lease last, ms
-- airforce-video:2:number              counter: first come, first served
-- airforce-video:2:intent:ID           hash: the fields below
-- airforce-video:2:intents[:ACCOUNT]   zset: intent -> number; all, and the account's
-- airforce-video:2:request:ACCOUNT:REQUEST   zset: the intents of equal requests -> number
-- airforce-video:2:task:ACCOUNT:TASK   some intent stands for this task
-- airforce-video:2:slots:ACCOUNT       zset: intent that holds a slot -> number
-- airforce-video:2:queue:ACCOUNT       zset: intent that waits for one -> number
-- airforce-video:2:seen:ACCOUNT        hash: intent that waits -> when it asked last, s
-- airforce-video:2:budget:NAME         hash: sum, and the totals reserved, charged, refunded
-- airforce-video:2:claims:NAME         hash: intent that has reserved, and sent nothing yet -> units
-- airforce-video:version               the number in the keys; a newer one is not touched
local P = 'airforce-video:2:'
local OWNERS, HEARD, NUMBER, ALL = P .. 'owners', P .. 'heard', P .. 'number', P .. 'intents'
local FIELDS = {'account', 'request', 'model', 'summary', 'state', 'task_id', 'claimed_at',
                'sending_at', 'expires_at', 'cost_cents', 'owner', 'token', 'sent_at',
                'budget', 'budget_sum', 'budget_units', 'budget_state'}
-- What programs of earlier versions leave out.
local DEFAULTS = {sent_at = '0', budget = '', budget_sum = '0', budget_units = '0',
                  budget_state = '0'}

local written_by = redis.call('GET', 'airforce-video:version')
if written_by and tonumber(written_by) > VERSION then
  return redis.error_reply('NEWERSTORE ' .. written_by)
end

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

-- A lease alone can't distinguish a living owner from one that died a moment ago; a beat after `since` can.
local function heard_after(owner, since)
  local heard = redis.call('ZSCORE', HEARD, owner)
  return heard and tonumber(heard) > since
end

-- A table of FIELDS with `id` and `living`, or nil.
local function load(id)
  local values = redis.call('HMGET', intent_key(id), unpack(FIELDS))
  if not values[1] then return nil end
  local intent = {id = id}
  for n, name in ipairs(FIELDS) do intent[name] = values[n] or DEFAULTS[name] end
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

local function budget_key(name) return P .. 'budget:' .. name end
local function claims_key(name) return P .. 'claims:' .. name end

local TOTALS = {[RESERVED] = 'reserved', [CHARGED] = 'charged', [REFUNDED] = 'refunded'}

-- The sum and the totals of a budget, as numbers, or nil.
local function budget_totals(name)
  local values = redis.call('HMGET', budget_key(name), 'sum', 'reserved', 'charged', 'refunded')
  if not values[1] then return nil end
  for n = 1, 4 do values[n] = tonumber(values[n] or 0) end
  return values
end

-- Adds the share of an intent to the totals of its budget, or takes it off (`sign` -1).
local function count_share(intent, sign)
  if intent.budget == '' then return end
  local key, claims = budget_key(intent.budget), claims_key(intent.budget)
  if redis.call('HEXISTS', key, 'sum') == 0 then redis.call('HSET', key, 'sum', intent.budget_sum) end
  local total = TOTALS[tonumber(intent.budget_state)]
  if total then redis.call('HINCRBY', key, total, sign * tonumber(intent.budget_units)) end
  redis.call('EXPIRE', key, BUDGET_LIFE)
  if sign > 0 and tonumber(intent.state) == CLAIMED then
    redis.call('HSET', claims, intent.id, intent.budget_units)
    redis.call('EXPIRE', claims, BUDGET_LIFE)
  else
    redis.call('HDEL', claims, intent.id)
  end
end

local function remove(intent)
  count_share(intent, -1)
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
  local before = load(intent.id)
  if before then count_share(before, -1) end
  count_share(intent, 1)
  local values = {}
  for _, name in ipairs(FIELDS) do
    values[#values + 1] = name
    values[#values + 1] = intent[name]
  end
  redis.call('HSET', key, unpack(values))
  local life = math.max(expiry(intent) - now, 0) + KEEP
  redis.call('EXPIRE', key, life)
  if not before then
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

-- The intents of equal requests, oldest first. Takes out what dead owners had only claimed.
local function equal_intents(account, request)
  local index = request_key({account = account, request = request})
  local intents = {}
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local intent = load(id)
    if not intent then
      redis.call('ZREM', index, id)
    elseif tonumber(intent.state) == CLAIMED and not intent.living then
      remove(intent)
    else
      intents[#intents + 1] = intent
    end
  end
  return intents
end

-- choose_claim() of claim_rules.cpp: 'new', 'resume', 'finished' or 'wait', and the intent.
local function choose(intents, reusable, cached_task)
  if reusable == NOTHING then return 'new' end
  local delivered, orphan, living, cached
  for _, intent in ipairs(intents) do
    local state = tonumber(intent.state)
    local is_orphan = not intent.living and (state == SENDING or state == CREATED)
    if intent.task_id == cached_task then cached = intent end
    if state == DELIVERED and now < expiry(intent) then
      delivered = intent
    elseif not is_settled(intent) and intent.living then
      living = intent
    elseif is_orphan and (not orphan or (tonumber(orphan.state) == SENDING and state == CREATED)) then
      orphan = intent
    end
  end
  if reusable == FINISHED and cached_task ~= '' then
    local open = cached and not cached.living and not is_settled(cached)
    return open and 'resume' or 'finished', cached
  end
  if reusable == FINISHED and delivered then return 'finished', delivered end
  if orphan then return 'resume', orphan end
  if reusable == FINISHED and living then return 'wait', living end
  return 'new'
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
