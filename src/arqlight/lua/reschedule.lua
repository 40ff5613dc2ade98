-- Give running jobs back to the queue: for another try, or uncharged by a worker that stops. Fenced.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 held (see finish.lua)
--       then 8 for each job: id, holder, try, delay in ms, '1' to take back the try, event,
--       the event's JSON without its closing brace, record ('' unless Redis is known to have forgotten the job)
-- Returns {{ids whose lease was lost}, {ids that Redis has forgotten, to be sent again with their records}}
-- Events  retrying, released
local queue, events, idle, running, signal = unpack(KEYS)
local queue_name, channel, log_cap, held = unpack(ARGV, 1, 4)
local FIRST, WIDTH = 5, 8
local now = now_ms()

local lost, forgotten, ids, scores = {}, {}, {}, {}

local function give_back(id, job_try, delay_ms, uncharged, event, data, record)
  -- Before all else: these need no memory, so that a full Redis takes the rest, too.
  redis.call('DEL', IN_PROGRESS .. id, PROGRESS .. id)
  if record ~= '' then
    redis.call('SET', JOB .. id, record, 'EX', TRY_EXPIRY_S)
    redis.call('SET', RETRY .. id, job_try, 'EX', TRY_EXPIRY_S)
  end
  local due = ms(now + delay_ms)
  scores[#scores + 1], scores[#scores + 2] = due, id
  ids[#ids + 1] = id
  if uncharged == '1' then take_back_try(id) end
  add_event(events, log_cap, event, id, queue_name, data .. ',"due_ms":' .. due .. '}')
end

local holder_keys = {}
for i = FIRST, #ARGV, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
local holders = get_many(holder_keys)
for n = 1, #holder_keys do
  local first = FIRST + (n - 1) * WIDTH
  local id, holder, job_try, delay_ms, uncharged, event, data, record = unpack(ARGV, first, first + WIDTH - 1)
  local state = lease_state(holders[n], holder, queue, running, id, job_try, held)
  if state == 'lost' then
    lost[#lost + 1] = id
  elseif state == 'forgotten' and record == '' then
    forgotten[#forgotten + 1] = id
  else
    give_back(id, job_try, delay_ms, uncharged, event, data, state == 'forgotten' and record or '')
  end
end
if #ids > 0 then
  call_many('ZADD', queue, scores)
  call_many('HDEL', running, ids)
  wake_idle(idle, channel, signal)
end
return {lost, forgotten}
