-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Renews an owner's lease for ARGV[2] ms.
redis.call('ZADD', OWNERS, now_ms + tonumber(ARGV[2]), ARGV[1])
redis.call('ZREMRANGEBYSCORE', OWNERS, '-inf', now_ms - 3600 * 1000)
redis.call('EXPIRE', OWNERS, INDEX_LIFE)
return 0
