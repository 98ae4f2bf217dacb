package server

import (
	"strings"

	"wenyuan/version"
)

// writeVersions writes what was counted about versions that are served beside one another.
func writeVersions(b *strings.Builder, counts []version.Count) {
	requests := &metric{name: "wenyuan_version_requests_total", kind: "counter", help: "Requests to versions of assistants and models."}
	failures := &metric{name: "wenyuan_version_errors_total", kind: "counter", help: "Requests to versions that failed."}
	first := &metric{name: "wenyuan_version_first_token_seconds_total", kind: "counter", help: "Time to the first words of versions, added up."}
	firsts := &metric{name: "wenyuan_version_first_tokens_total", kind: "counter", help: "Answers whose first words that is the sum of."}
	for _, c := range counts {
		of := []string{"kind", c.Kind, "name", c.Name, "space", c.Space, "version", short(c.Hash)}
		requests.add(float64(c.Requests), of...)
		failures.add(float64(c.Errors), of...)
		first.add(c.First.Seconds(), of...)
		firsts.add(float64(c.Firsts), of...)
	}
	writeMetrics(b, requests, failures, first, firsts)
}
