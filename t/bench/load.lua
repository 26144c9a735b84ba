-- SPDX-License-Identifier: Apache-2.0
-- What wrk sends: one person after the other, over and over.  Arguments:
--   FILE   an Authorization value a line, - for none
--   PAUSE  milliseconds that each connection waits before each request
--   CLOSE  1 for a new connection for each request
local requests, at = {}, 0

function init(args)
    for value in io.lines(args[1]) do
        local headers = { Authorization = value ~= "-" and value or nil }
        if args[3] == "1" then
            headers.Connection = "close"
        end
        requests[#requests + 1] = wrk.format("GET", nil, headers)
    end
    local pause = tonumber(args[2])
    if pause > 0 then
        function delay() return pause end
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        "result requests=%d us=%d broken=%d status=%d max=%d",
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout,
        errors.status, latency.max))
end
