package config

import (
	"strings"

	"wenyuan/gateway"
	"wenyuan/gateway/telemetry"
)

// Tracing is where traces are sent; the zero value sends none.
func (e *Effective) Tracing() telemetry.Config {
	t := e.Gateway.Telemetry
	return telemetry.Config{Endpoint: t.Endpoint, Headers: headersOf(e.Secret(t.HeadersEnv)), Sample: t.Sample, Service: t.Service}
}

// headersOf reads NAME=VALUE, several with commas between them, as OTEL_EXPORTER_OTLP_HEADERS has them.
func headersOf(text string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(part, "="); ok && strings.TrimSpace(name) != "" {
			out[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return out
}

// telemetry looks at where traces are sent.
func (c checker) telemetry() {
	t := c.e.Gateway.Telemetry
	if t.Endpoint == "" {
		return
	}
	if err := gateway.CheckURL(t.Endpoint); err != nil {
		c.bad("gateway.telemetry.endpoint", "is no http or https address such as http://127.0.0.1:4318")
	}
	if t.Sample < 0 || t.Sample > 1 {
		c.bad("gateway.telemetry.sample", "wants a share from 0 to 1")
	}
}
