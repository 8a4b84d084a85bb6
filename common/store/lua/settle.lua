-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::settle for an intent that is not ours: what a Finished claim gave has no clip any more.
local intent = load(ARGV[1])
if not intent or tonumber(intent.state) ~= DELIVERED then return 0 end
intent.state, intent.owner = ARGV[2], '0'
leave_slots(intent.account, intent.id)
save(intent)
return 1
