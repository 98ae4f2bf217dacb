package server

import (
	"fmt"
	"strings"

	"wenyuan/version"
)

// writeVersions writes what was counted about versions that are served beside one another.
func writeVersions(b *strings.Builder, counts []version.Count) {
	var requests, failures, first, firsts []string
	for _, c := range counts {
		of := fmt.Sprintf("kind=%q,name=%q,space=%q,version=%q", c.Kind, c.Name, c.Space, c.Hash[:min(12, len(c.Hash))])
		requests = append(requests, fmt.Sprintf("wenyuan_version_requests_total{%s} %d\n", of, c.Requests))
		failures = append(failures, fmt.Sprintf("wenyuan_version_errors_total{%s} %d\n", of, c.Errors))
		first = append(first, fmt.Sprintf("wenyuan_version_first_token_seconds_total{%s} %g\n", of, c.First.Seconds()))
		firsts = append(firsts, fmt.Sprintf("wenyuan_version_first_tokens_total{%s} %d\n", of, c.Firsts))
	}
	family(b, "wenyuan_version_requests_total", requests)
	family(b, "wenyuan_version_errors_total", failures)
	family(b, "wenyuan_version_first_token_seconds_total", first)
	family(b, "wenyuan_version_first_tokens_total", firsts)
}
