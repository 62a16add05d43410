// A hundred people at once, for as long as LOAD_DURATION says: what phase 7 scales by. Its last words
// are one JSON object, which stays with the pod as its termination message.
import http from 'k6/http';
import { check, sleep } from 'k6';

const paths = JSON.parse(__ENV.LOAD_PATHS);

export const options = {
  scenarios: {
    // People come within a minute, not at once: a cold start is a question of its own.
    people: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: '1m', target: Number(__ENV.LOAD_VUS) },
        { duration: __ENV.LOAD_DURATION, target: Number(__ENV.LOAD_VUS) },
        { duration: '30s', target: 0 },
      ],
    },
  },
  thresholds: {
    http_req_duration: [`p(99)<${__ENV.LOAD_P99_MS}`],
    http_req_failed: ['rate<0.001'],
  },
  summaryTrendStats: ['avg', 'p(50)', 'p(95)', 'p(99)', 'max'],
  userAgent: 'ninefold-load-test',
};

export default function () {
  const path = paths[Math.floor(Math.random() * paths.length)];
  const answer = http.get(`${__ENV.LOAD_URL}${path}`, { tags: { name: path } });
  check(answer, { 'is an answer': (r) => r.status < 400 });
  sleep(0.5);
}

export function handleSummary(data) {
  const figure = (metric, name) => {
    const found = data.metrics[metric];
    return found ? (found.values || found)[name] : null;
  };
  const result = {
    vus: figure('vus_max', 'max'),
    requests: figure('http_reqs', 'count'),
    requests_per_second: figure('http_reqs', 'rate'),
    p50_ms: figure('http_req_duration', 'p(50)'),
    p95_ms: figure('http_req_duration', 'p(95)'),
    p99_ms: figure('http_req_duration', 'p(99)'),
    errors_percent: 100 * figure('http_req_failed', 'rate'),
  };
  const text = JSON.stringify(result);
  return { stdout: `${text}\n`, '/dev/termination-log': text };
}
