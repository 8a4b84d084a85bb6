-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Renews an owner's lease for ARGV[2] ms.
redis.call('ZADD', OWNERS, now_ms + tonumber(ARGV[2]), ARGV[1])
redis.call('ZADD', HEARD, now_ms, ARGV[1])
for _, index in ipairs({OWNERS, HEARD}) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now_ms - 3600 * 1000)
  redis.call('EXPIRE', index, INDEX_LIFE)
end
return 0
