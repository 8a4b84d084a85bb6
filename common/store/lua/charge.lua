-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::record_charge for an intent that is not ours: ID, state, units.
local intent = load(ARGV[1])
if not intent or intent.budget == '' then return 0 end
intent.budget_state = ARGV[2]
if tonumber(ARGV[2]) ~= REFUNDED then intent.budget_units = ARGV[3] end
save(intent)
return 1
