-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Renews an owner's lease for ARGV[2] ms. An owner of an earlier version's keys moves them first.
local OLD = 'airforce-video:1:'
if not written_by then
  if redis.call('TYPE', OLD .. 'owners').ok == 'zset' then
    for _, key in ipairs(redis.call('KEYS', OLD .. '*')) do
      redis.call('RENAME', key, P .. string.sub(key, #OLD + 1))
    end
  end
  -- Programs of that version fail at the first command that meets this, so they buy nothing.
  redis.call('SET', OLD .. 'owners', 'moved to ' .. P, 'EX', BUDGET_LIFE)
  redis.call('SET', 'airforce-video:version', VERSION, 'EX', BUDGET_LIFE)
end

redis.call('ZADD', OWNERS, now_ms + tonumber(ARGV[2]), ARGV[1])
redis.call('ZADD', HEARD, now_ms, ARGV[1])
for _, index in ipairs({OWNERS, HEARD}) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now_ms - 3600 * 1000)
  redis.call('EXPIRE', index, INDEX_LIFE)
end
return 0
