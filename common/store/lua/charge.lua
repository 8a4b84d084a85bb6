-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::record_charge for an intent that is not ours: ID, state, units.
local intent = load(ARGV[1])
if not intent or intent.budget == '' then return 0 end
intent.budget_state, intent.budget_units = ARGV[2], ARGV[3]
save(intent)
return 1
