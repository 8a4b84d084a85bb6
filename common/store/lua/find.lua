-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The intent that stands for a task, or nothing.
local id = redis.call('GET', task_key(ARGV[1], ARGV[2]))
local intent = id and load(id)
return intent and answer(intent) or {}
