-- For how long what is known of a try outlives the last sign of life of it; arq's number.
local TRY_EXPIRY_S = 88400

-- Whether a job that has no record any more has had its end: who ends a job deletes its record with that.
local function has_ended(id)
  return redis.call('EXISTS', RESULT .. id, ENDED .. id) > 0
end

-- Whether a worker, arq's or ours, holds the job.
local function is_running(id)
  local holder = value_of(IN_PROGRESS .. id)
  return holder and holder ~= DONE
end

-- How a try's lease stands whose in-progress key holds `current`:
-- 'held'       by `holder`
-- 'lapsed'     but nobody took the job over, nor gave it up: our own claims and ends change `running`, and every
--              claim, arq's too, increments the try counter
-- 'forgotten'  Redis knows nothing of the job any more, but by the worker's own clock (`held`) the lease stands
-- 'lost'       otherwise
local function lease_state(current, holder, queue, running, job_id, job_try, held)
  if current then return current == holder and 'held' or 'lost' end
  local in_queue = redis.call('ZSCORE', queue, job_id)
  local tries = value_of(RETRY .. job_id)
  if in_queue then
    local runner = redis.call('HGET', running, job_id)
    local ours = runner == string.match(holder, '^[^:]+') .. ':' .. job_try
    return ours and tries == job_try and 'lapsed' or 'lost'
  end
  if tries or held ~= '1' or has_ended(job_id) or redis.call('EXISTS', JOB .. job_id) > 0 then return 'lost' end
  return 'forgotten'
end
