-- Delete jobs that wait or are complete, with all that is kept of them. A running one is left alone.
--
-- KEYS  1 queue  2 event log  3 running  4 aborts  5 arq's aborts
-- ARGV  1 queue name  2 log cap  3 '1' to delete only those that wait, then the job ids
-- Returns for each job 'deleted', 'running', 'finished' (complete, where only those that wait were asked for)
--         or 'unknown'
-- Events  deleted
local queue, events, running, aborts, arq_aborts = unpack(KEYS)
local queue_name, log_cap, only_waiting = unpack(ARGV, 1, 3)
local FIRST = 4
-- A worker that still runs the job, without knowing that its lease has lapsed, must not write an end of it.
local ENDED_EXPIRY_MS = 60000
local deleted = {}

local function delete(id)
  if is_running(id) then return 'running' end
  local waits = redis.call('ZREM', queue, id) == 1
  if not waits then
    if redis.call('EXISTS', RESULT .. id) == 0 then return 'unknown' end
    if only_waiting == '1' then return 'finished' end
  end
  forget(id)
  redis.call('SET', ENDED .. id, '1', 'PX', ENDED_EXPIRY_MS)
  deleted[#deleted + 1] = id
  add_event(events, log_cap, 'deleted', id, queue_name, '{}')
  return 'deleted'
end

local answers = {}
for i = FIRST, #ARGV do answers[#answers + 1] = delete(ARGV[i]) end
if #deleted > 0 then
  call_many('HDEL', running, deleted)
  unmark(aborts, arq_aborts, deleted)
end
return answers
