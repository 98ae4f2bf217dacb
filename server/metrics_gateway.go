package server

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan/gateway"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/watch"
)

// A metric is one family of samples in the text form of Prometheus, version 0.0.4. Of labels there
// are models, spaces, versions, replicas and fixed words: never people, keys or requests.
type metric struct {
	name, kind, help string
	samples          []string
}

func (m *metric) add(value float64, labels ...string) { m.sample("", value, labels...) }

func (m *metric) sample(suffix string, value float64, labels ...string) {
	m.samples = append(m.samples, m.name+suffix+labelled(labels)+" "+strconv.FormatFloat(value, 'g', -1, 64)+"\n")
}

// histogram adds the samples of one.
func (m *metric) histogram(bounds []float64, h watch.Histogram, labels ...string) {
	if h.Counts == nil {
		return
	}
	sum := uint64(0)
	for i, n := range h.Counts {
		sum += n
		le := "+Inf"
		if i < len(bounds) {
			le = strconv.FormatFloat(bounds[i], 'g', -1, 64)
		}
		m.sample("_bucket", float64(sum), append(slices.Clone(labels), "le", le)...)
	}
	m.sample("_sum", h.Sum, labels...)
	m.sample("_count", float64(sum), labels...)
}

// labelled writes names and values in turn; those without a value are left out.
func labelled(pairs []string) string {
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, pairs[i]+`="`+escaped.Replace(pairs[i+1])+`"`)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "{" + strings.Join(all, ",") + "}"
}

// escaped is what the text form escapes in a value: nothing else, so that %q would not do.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func writeMetrics(b *strings.Builder, all ...*metric) {
	for _, m := range all {
		if len(m.samples) > 0 {
			if m.kind != "histogram" { // whose buckets stand in their order
				slices.Sort(m.samples)
			}
			fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n%s", m.name, m.help, m.name, m.kind, strings.Join(m.samples, ""))
		}
	}
}

// writeGateway writes what the gateway counts, and how it stands.
func writeGateway(b *strings.Builder, all []gateway.LiveModel, look cache.Look) {
	writeCalls(b, all)
	writeReplicas(b, all)
	writeQueues(b, all)
	writeEngines(b, all)
	writeCache(b, look)
}

// writeCalls writes what became of the calls of each model. Durations, first tokens and tokens go by
// the names of OpenTelemetry's semantic conventions for generative AI in the form that Prometheus
// gives them.
func writeCalls(b *strings.Builder, all []gateway.LiveModel) {
	calls := &metric{name: "wenyuan_gateway_calls_total", kind: "counter", help: "Calls of models by how they ended."}
	levels := &metric{name: "wenyuan_gateway_answers_total", kind: "counter", help: "Calls by the level that answered them."}
	asked := &metric{name: "wenyuan_gateway_asked_total", kind: "counter", help: "Requests to replicas by the reason that one was chosen; retry and hedge among them."}
	versions := &metric{name: "wenyuan_gateway_versions_total", kind: "counter", help: "Answers of models by the version of their declaration."}
	waited := &metric{name: "wenyuan_gateway_queue_wait_seconds", kind: "histogram", help: "Time in the queue of calls that reached a model."}
	took := &metric{name: "gen_ai_client_operation_duration_seconds", kind: "histogram", help: "Duration of calls of models, answers of caches included."}
	first := &metric{name: "gen_ai_server_time_to_first_token_seconds", kind: "histogram", help: "Time to the first token of answers of models, waits included."}
	tokens := &metric{name: "gen_ai_client_token_usage", kind: "histogram", help: "Tokens of calls as the models count them."}
	seen := map[*watch.Series]bool{}
	for _, m := range all {
		if seen[m.Series] {
			continue // another version of it
		}
		seen[m.Series] = true
		t, of := m.Series.Totals(), []string{"model", m.Model, "space", m.Space}
		with := func(more ...string) []string { return slices.Concat(of, more) }
		for outcome, n := range map[string]uint64{"answered": t.Answered, "refused": t.Refused, "failed": t.Failed, "left": t.Gone} {
			calls.add(float64(n), with("outcome", outcome)...)
		}
		for i, level := range watch.Levels() {
			levels.add(float64(t.Levels[i]), with("level", level)...)
		}
		for why, n := range t.Reasons {
			asked.add(float64(n), with("why", why)...)
		}
		for hash, n := range t.Versions {
			versions.add(float64(n), with("version", short(hash))...)
		}
		waited.histogram(watch.TookBounds, t.Waited, of...)
		semantic := []string{"gen_ai_operation_name", "chat", "gen_ai_provider_name", "wenyuan", "gen_ai_request_model", m.Model, "space", m.Space}
		took.histogram(watch.TookBounds, t.Took, semantic...)
		first.histogram(watch.FirstBounds, t.First, semantic...)
		tokens.histogram(watch.TokenBounds, t.In, slices.Concat(semantic, []string{"gen_ai_token_type", "input"})...)
		tokens.histogram(watch.TokenBounds, t.Out, slices.Concat(semantic, []string{"gen_ai_token_type", "output"})...)
	}
	writeMetrics(b, calls, levels, asked, versions, waited, took, first, tokens)
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// writeReplicas writes how each replica stands.
func writeReplicas(b *strings.Builder, all []gateway.LiveModel) {
	flight := &metric{name: "wenyuan_replica_in_flight", kind: "gauge", help: "Requests under way at a replica."}
	limit := &metric{name: "wenyuan_replica_limit", kind: "gauge", help: "Requests at once that a replica is given, as found from its answers."}
	tokens := &metric{name: "wenyuan_replica_tokens_ahead", kind: "gauge", help: "Tokens of the requests under way at a replica, about."}
	state := &metric{name: "wenyuan_replica_state", kind: "gauge", help: "1 for the state that a replica is in."}
	warm := &metric{name: "wenyuan_replica_warm_ratio", kind: "gauge", help: "Share of the prompts' tokens that a replica had seen before."}
	requests := &metric{name: "wenyuan_replica_requests_total", kind: "counter", help: "Requests to a replica by what came of them."}
	events := &metric{name: "wenyuan_replica_events_total", kind: "counter", help: "What happened to replicas: ejected, hung, taken, resting, returned."}
	seen := map[*watch.Series]bool{}
	for _, m := range all {
		for _, r := range m.Replicas {
			of := []string{"model", m.Model, "space", m.Space, "version", short(m.Hash), "replica", r.ID}
			flight.add(float64(r.InFlight), of...)
			limit.add(float64(r.Limit), of...)
			tokens.add(float64(r.Tokens), of...)
			warm.add(r.Warm, of...)
			state.add(1, append(of, "state", string(r.State))...)
		}
		if seen[m.Series] {
			continue
		}
		seen[m.Series] = true
		t := m.Series.Totals()
		for k, n := range t.Outcomes {
			requests.add(float64(n), "model", m.Model, "space", m.Space, "replica", k.Replica, "outcome", k.Result)
		}
		for k, n := range t.Events {
			events.add(float64(n), "model", m.Model, "space", m.Space, "replica", k.Replica, "event", k.Result)
		}
	}
	writeMetrics(b, flight, limit, tokens, warm, state, requests, events)
}

// writeQueues writes who waits and how many were refused.
func writeQueues(b *strings.Builder, all []gateway.LiveModel) {
	waiting := &metric{name: "wenyuan_queue_waiting", kind: "gauge", help: "Calls that wait for a place at a replica."}
	places := &metric{name: "wenyuan_queue_places", kind: "gauge", help: "Calls that may wait."}
	longest := &metric{name: "wenyuan_queue_longest_seconds", kind: "gauge", help: "How long the one has waited who waits longest."}
	refused := &metric{name: "wenyuan_queue_refused_total", kind: "counter", help: "Calls that were refused, by the reason."}
	for _, m := range all {
		of := []string{"model", m.Model, "space", m.Space, "version", short(m.Hash)}
		places.add(float64(m.Queue.Places), of...)
		for c := range m.Queue.Waiting {
			class := append(slices.Clone(of), "class", manner.Class(c).String())
			waiting.add(float64(m.Queue.Waiting[c]), class...)
			longest.add(m.Queue.Longest[c].Seconds(), class...)
		}
		for _, why := range slices.Sorted(maps.Keys(m.Queue.Refused)) {
			refused.add(float64(m.Queue.Refused[why]), append(slices.Clone(of), "reason", why)...)
		}
	}
	writeMetrics(b, waiting, places, longest, refused)
}

// writeCache writes what the caches hold and did.
func writeCache(b *strings.Builder, look cache.Look) {
	hits := &metric{name: "wenyuan_cache_hits_total", kind: "counter", help: "Calls that a level of the cache answered."}
	misses := &metric{name: "wenyuan_cache_misses_total", kind: "counter", help: "Calls that a level of the cache could not answer."}
	entries := &metric{name: "wenyuan_cache_entries", kind: "gauge", help: "Answers that a level holds."}
	size := &metric{name: "wenyuan_cache_bytes", kind: "gauge", help: "Bytes that a level holds."}
	evicted := &metric{name: "wenyuan_cache_evicted_total", kind: "counter", help: "Answers that a level let go for want of room."}
	shared := &metric{name: "wenyuan_cache_shared_seconds", kind: "gauge", help: "How long the level takes where all servers look, smoothed."}
	for _, l := range look.Levels {
		of := []string{"level", string(l.Level)}
		hits.add(float64(l.Hits), of...)
		misses.add(float64(l.Misses), of...)
		entries.add(float64(l.Entries), of...)
		size.add(float64(l.Bytes), of...)
		evicted.add(float64(l.Evicted), of...)
	}
	if look.Engine != "" {
		shared.add(time.Duration(look.Latency).Seconds(), "engine", look.Engine)
	}
	writeMetrics(b, hits, misses, entries, size, evicted, shared)
}

// writeTelemetry writes what became of the spans for a collector of traces.
func writeTelemetry(b *strings.Builder, e *telemetry.Exporter) {
	if e == nil {
		return
	}
	spans := &metric{name: "wenyuan_telemetry_spans_total", kind: "counter", help: "Spans for the collector of traces by what became of them."}
	sent, dropped := e.Figures()
	spans.add(float64(sent), "what", "sent")
	spans.add(float64(dropped), "what", "dropped")
	writeMetrics(b, spans)
}
