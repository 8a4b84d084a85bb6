-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::settle for an intent that is not ours: how the task of an intent ended that nobody works
-- on.
local intent = load(ARGV[1])
if not intent or intent.living then return 0 end
intent.state, intent.owner = ARGV[2], '0'
leave_slots(intent.account, intent.id)
save(intent)
return 1
