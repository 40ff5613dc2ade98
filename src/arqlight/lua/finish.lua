-- Finish jobs: store the result, clean up, count, log it. Fenced: a job whose lease is lost is left alone, and
-- one that has its result already gets no other.
--
-- KEYS  1 queue  2 event log  3 running  4 aborts  5 arq's aborts  6 counters
-- ARGV  1 queue name  2 log cap  3 held ('1' when the caller's own clock says its leases have not lapsed)
--       then groups of jobs that have these in common: how many, holder, try, the result's expiry in ms
--       ('' for never), ms for which to keep the in-progress key ('0' for not), event
--       and after them 3 for each job: id, result record ('' for none), the event's JSON
-- Returns the ids whose lease was lost
-- Events  succeeded, failed, aborted, expired
local queue, events, running, aborts, arq_aborts, counters = unpack(KEYS)
local queue_name, log_cap, held = unpack(ARGV, 1, 3)
local FIRST, HEAD, WIDTH = 4, 6, 3
-- For how long a job that leaves no result is known to have ended: its id may still come back to the queue,
-- and a call whose reply was lost is sent again.
local ENDED_EXPIRY_MS = 60000

local lost, over, dead_keys, counts = {}, {}, {}, {}

-- The places in ARGV, and the in-progress keys, of those jobs of a group whose lease is good.
local function good_ones(first, last, holder, job_try)
  local holder_keys, good, good_keys = {}, {}, {}
  for i = first, last, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
  local holders = get_many(holder_keys)
  for n = 1, #holder_keys do
    local i = first + (n - 1) * WIDTH
    if lease_state(holders[n], holder, queue, running, ARGV[i], job_try, held) == 'lost' then
      lost[#lost + 1] = ARGV[i]
    else
      good[#good + 1], good_keys[#good_keys + 1] = i, holder_keys[n]
    end
  end
  return good, good_keys
end

-- Whether the end of a job that has a result is to be written over that. Who ends a job deletes its record:
-- where that is still there, the result is of an earlier job of the same id.
local function replaces(id, record, expiry_ms)
  if redis.call('EXISTS', JOB .. id) == 0 then return false end
  if record ~= '' then set_many({RESULT .. id, record}, expiry_ms) end
  return true
end

local function clean_up(id, holder_key, job_try, keep_ms)
  local n = #dead_keys
  dead_keys[n + 1], dead_keys[n + 2], dead_keys[n + 3] = JOB .. id, RETRY .. id, PROGRESS .. id
  if keep_ms == '0' then
    dead_keys[n + 4] = holder_key
  else
    redis.call('SET', holder_key, DONE, 'PX', keep_ms)
  end
  if job_try ~= '1' then dead_keys[#dead_keys + 1] = LOST .. id end
  over[#over + 1] = id
end

-- The key that tells that a job has its end: its result, or a mark where that is not kept.
local function end_key(id, record)
  return (record ~= '' and RESULT or ENDED) .. id
end

-- Stores the results of jobs, or that they ended without one. Returns the set of ids that have theirs already.
local function store(good, expiry_ms)
  local results, marks, ended = {}, {}, {}
  for _, i in ipairs(good) do
    local id, record = ARGV[i], ARGV[i + 1]
    if record ~= '' then
      results[#results + 1], results[#results + 2] = end_key(id, record), record
    else
      marks[#marks + 1], marks[#marks + 2] = end_key(id, record), '1'
    end
  end
  local there = set_many(results, expiry_ms, 'NX')
  for key in pairs(set_many(marks, ENDED_EXPIRY_MS, 'NX')) do there[key] = true end
  if not next(there) then return ended end
  for _, i in ipairs(good) do
    local id, record = ARGV[i], ARGV[i + 1]
    if there[end_key(id, record)] and not replaces(id, record, expiry_ms) then ended[id] = true end
  end
  return ended
end

local group = FIRST
while ARGV[group] do
  local count, holder, job_try, expiry_ms, keep_ms, event = unpack(ARGV, group, group + HEAD - 1)
  local first = group + HEAD
  local next_group = first + count * WIDTH
  local good, holder_keys = good_ones(first, next_group - 1, holder, job_try)
  local ended = store(good, expiry_ms)
  for n, i in ipairs(good) do
    local id, data = ARGV[i], ARGV[i + 2]
    if ended[id] then
      lost[#lost + 1] = id
    else
      add_event(events, log_cap, event, id, queue_name, data)
      counts[event] = (counts[event] or 0) + 1
    end
    clean_up(id, holder_keys[n], job_try, keep_ms)
  end
  group = next_group
end
if #over > 0 then
  call_many('DEL', nil, dead_keys)
  call_many('ZREM', queue, over)
  call_many('HDEL', running, over)
  unmark(aborts, arq_aborts, over)
  if log_cap ~= '0' then
    for event, jobs in pairs(counts) do count_outcome(counters, event, jobs) end
  end
end
return lost
