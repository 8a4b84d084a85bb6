-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::free_slot, of any owner's intent.
local account = redis.call('HGET', intent_key(ARGV[1]), 'account')
if account then leave_slots(account, ARGV[1]) end
return 0
