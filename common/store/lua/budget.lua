-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Store::budget: the sum and the totals, or nothing.
return budget_totals(ARGV[1]) or {}
