-- Claim due jobs: take the lease, count the try, hand out the records, log it; all or nothing for each job.
-- While a job runs its score is its lease's deadline, so running jobs leave the head of the queue and a
-- lapsed lease makes the job due by itself. Jobs that a plain arq worker runs keep their scores; `floor` is
-- how far the caller knows the head to be theirs.
-- It reads first, and then writes. Its first write is one that a full Redis refuses, so that a claim of which
-- no lease could be kept takes nothing.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 aborts  6 arq's aborts  7 paused  8 draining
-- ARGV  1 queue name  2 log cap  3 worker id  4 token  5 lease in ms  6 how many at most
--       7 floor: a score and how many jobs of that score to pass over ('-inf 0' for the start)
--       8 ms for which to ask for a wake when too few are due ('0' for no)
--       then the ids to try, if only certain ones are wanted
-- Returns {server ms, score of the next job to become due ('' for none), floor for the next claim,
--         {4 for each job of which a try was lost: id, worker id if the last one was ('' if not), how many
--         were, ' alone' if the last one ran alone}, {id and ms of each job that arq's abort was asked for},
--         then 4 for each job: id, score, record ('' when expired), try}
-- Events  lost, started
local queue, events, idle, running, aborts, arq_aborts, paused, draining = unpack(KEYS)
local queue_name, log_cap, worker_id, token, lease_ms, limit, start, wish_ms = unpack(ARGV, 1, 8)
local FIRST_WANTED = 9
-- Bounds the work of one claim where thousands of jobs at the head run on plain arq workers.
local MOST_FOREIGN = 2000

limit = tonumber(limit)
local now = now_ms()
-- A score may have a fraction, see enqueue.lua: all of this ms is due.
local due = ms(now) .. '.999'

-- What is claimed, and what is only to be taken out of the queue.
local ids, scores, records, record_keys = {}, {}, {}, {}
local over, done = {}, {}
-- Jobs may share a score (as many as were deferred until midnight), so a score alone is no place in the queue.
local floor, floor_passed = string.match(start, '^(%S+) (%d+)$')
floor_passed = tonumber(floor_passed)
local foreign = 0

-- Looks at jobs in their order until `limit` are chosen; returns at how many. Each is another worker's, or to be
-- taken out of the queue, or chosen.
local function look_at(candidates, candidate_scores)
  local holders = get_many(keys_of(IN_PROGRESS, candidates))
  local free, free_scores, seen = {}, {}, 0
  for i, id in ipairs(candidates) do
    if #ids + #free == limit then break end
    seen = i
    if not holders[i] then
      free[#free + 1], free_scores[#free_scores + 1] = id, candidate_scores[i]
    elseif holders[i] == DONE then
      -- A cron job's key outlives it for a while, so that no other worker runs the same slot again.
      over[#over + 1], done[#done + 1] = id, JOB .. id
    else
      foreign = foreign + 1
      if #ids + #free == 0 then
        floor_passed = candidate_scores[i] == floor and floor_passed + 1 or 1
        floor = candidate_scores[i]
      end
    end
  end
  local free_keys = keys_of(JOB, free)
  local found = get_many(free_keys)
  for i, id in ipairs(free) do
    if not is_text(id) then
      redis.log(redis.LOG_WARNING, 'arqlight: a member of ' .. queue .. ' is no text, so no job id; removed')
      over[#over + 1] = id
    elseif not found[i] and has_ended(id) then
      -- Only its id came back: plain arq's abort does that to a job that ends at the same moment.
      over[#over + 1] = id
    else
      local n = #ids + 1
      ids[n], scores[n], records[n], record_keys[n] = id, free_scores[i], found[i], free_keys[i]
    end
  end
  return seen
end

local function look_at_the_head()
  local from, offset, page = floor, floor_passed, math.min(limit + 10, CHUNK)
  while #ids < limit and foreign < MOST_FOREIGN do
    local found = redis.call('ZRANGEBYSCORE', queue, from, due, 'WITHSCORES', 'LIMIT', offset, page)
    local candidates, candidate_scores = {}, {}
    for i = 1, #found, 2 do
      candidates[#candidates + 1], candidate_scores[#candidate_scores + 1] = found[i], found[i + 1]
    end
    local seen = look_at(candidates, candidate_scores)
    if seen == #candidates and seen < page then return end
    offset = offset + seen
    page = math.min(page * 4, CHUNK)
  end
end

local function look_at_these(wanted)
  local same_floor, same_passed = floor, floor_passed
  for _, id in ipairs(wanted) do
    local score = redis.call('ZSCORE', queue, id)
    if score and tonumber(score) <= tonumber(due) then look_at({id}, {score}) end
  end
  floor, floor_passed = same_floor, same_passed
end

-- Takes the leases of the jobs that were chosen, and writes down which try of each this is.
local function take(try_keys, job_tries)
  local holder = worker_id .. ':' .. token .. ':' .. ms(now)
  local deadline = ms(now + lease_ms)
  local holders, counts, leases, runners = {}, {}, {}, {}
  for i, id in ipairs(ids) do
    local key, value = 2 * i - 1, 2 * i
    holders[key], holders[value] = IN_PROGRESS .. id, holder
    counts[key], counts[value] = try_keys[i], job_tries[i]
    leases[key], leases[value] = deadline, id
    runners[key], runners[value] = id, worker_id .. ':' .. job_tries[i]
  end
  set_many(holders, lease_ms)
  set_many(counts, TRY_EXPIRY_S * 1000)
  call_many('ZADD', queue, leases)
  call_many('HSET', running, runners)
  redis.call('EXPIRE', running, TRY_EXPIRY_S)
end

-- Logs that a try was lost, or started.
local function log_try(event, id, job_try, worker)
  local data = '{"job_try":' .. job_try .. ',"worker_id":"' .. worker .. '"}'
  add_event(events, log_cap, event, id, queue_name, data)
end

-- By which worker the last try of a job was lost, given what is noted in `running`; nil if it was not. If it is
-- not the one noted, plain arq has run the job since, or this is another one of its id.
local function loser_of(noted, last_try)
  local worker, noted_try = string.match(noted or '', '^([%w._-]+):(%d+)$')
  if worker and noted_try == ms(last_try) then return worker end
end

-- Counts the tries of a job that were lost; returns how many, and ' alone' if the last one was, and ran alone.
local function count_lost(id, last_try, is_lost)
  -- What is noted before a first try is of an earlier job of the same id.
  local noted = last_try > 1 and value_of(LOST .. id) or ''
  local count, alone = string.match(noted, '^(%d+)(.*)$')
  count = count_of(count)
  if not is_lost and (count == 0 or alone == '') then return count, '' end
  if is_lost then count = count + 1 else alone = '' end
  redis.call('SET', LOST .. id, ms(count) .. (alone or ''), 'EX', TRY_EXPIRY_S)
  return count, alone or ''
end

-- Claims the jobs that were chosen; adds them to the reply.
local function claim(reply, lost, to_abort)
  local try_keys = keys_of(RETRY, ids)
  local tries = get_many(try_keys)
  local noted = redis.call('HMGET', running, unpack(ids))
  local any_abort = redis.call('EXISTS', aborts, arq_aborts) > 0
  local job_tries = {}
  for i = 1, #ids do job_tries[i] = tries[i] and ms(count_of(tries[i]) + 1) or '1' end
  take(try_keys, job_tries)
  for i, id in ipairs(ids) do
    if tries[i] then
      local last_try = count_of(tries[i])
      local loser = loser_of(noted[i], last_try)
      if loser then log_try('lost', id, ms(last_try), loser) end
      local count, alone = count_lost(id, last_try, loser)
      if count > 0 then
        local n = #lost
        lost[n + 1], lost[n + 2], lost[n + 3], lost[n + 4] = id, loser or '', count, alone
      end
    end
    if records[i] then
      -- An expiry says until when a job may start; once it did, its record stays for the tries to come.
      redis.call('EXPIRE', record_keys[i], TRY_EXPIRY_S)
      log_try('started', id, job_tries[i], worker_id)
    end
    if any_abort then
      -- Only running jobs are marked: before the first try, a mark is of an earlier job of the same id.
      if not tries[i] then redis.call('ZREM', aborts, id) end
      local asked = redis.call('ZSCORE', arq_aborts, id)
      if asked then to_abort[#to_abort + 1], to_abort[#to_abort + 2] = id, score_ms(asked) end
    end
    local n = #reply
    reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4] = id, scores[i], records[i] or '', job_tries[i]
  end
end

-- When the next job becomes due, '' for none. An endless score would never come: it is due now.
local function next_due()
  if foreign >= MOST_FOREIGN then return ms(now) end
  local id, score = unpack(redis.call('ZRANGEBYSCORE', queue, '(' .. due, '+inf', 'WITHSCORES', 'LIMIT', 0, 1))
  if score ~= 'inf' then return score or '' end
  redis.call('ZADD', queue, 'XX', ms(now), id)
  return ms(now)
end

-- Who resumes the queue, or the worker, wakes it whether that was asked for or not.
if redis.call('EXISTS', paused, draining) > 0 then return {ms(now), '', start, {}, {}} end
if #ARGV >= FIRST_WANTED then
  look_at_these({unpack(ARGV, FIRST_WANTED)})
else
  look_at_the_head()
end
local lost, to_abort = {}, {}
local reply = {ms(now), '', floor .. ' ' .. floor_passed, lost, to_abort}
if #ids > 0 then claim(reply, lost, to_abort) end
if #ids < limit then
  if wish_ms ~= '0' then redis.call('SET', idle, '1', 'PX', wish_ms) end
  reply[2] = next_due()
end
if #over > 0 then
  call_many('ZREM', queue, over)
  call_many('DEL', nil, done)
end
return reply
