package telemetry

import (
	"cmp"
	"encoding/hex"
	"net"
	"net/url"
	"strconv"

	"wenyuan/gateway/watch"
)

// Kinds of spans, as OTLP numbers them.
const (
	server = 2
	client = 3
)

// schema is the version of the semantic conventions that the names are from; later ones have those for
// generative AI elsewhere.
const schema = "https://opentelemetry.io/schemas/1.41.0"

// A span is a stretch of work.
type span struct {
	link         watch.Link
	id, parent   [8]byte
	name         string
	kind         int
	begun, ended int64 // nanoseconds since 1970
	attributes   []attribute
	failed       bool
}

type attribute struct {
	Key   string `json:"key"`
	Value value  `json:"value"`
}

type value struct {
	Text   *string `json:"stringValue,omitempty"`
	Number *string `json:"intValue,omitempty"` // 64-bit numbers are texts in the JSON of protobuf
	List   *list   `json:"arrayValue,omitempty"`
}

type list struct {
	Values []value `json:"values"`
}

// text adds an attribute; an empty one is left out.
func (s *span) text(key, v string) {
	if v != "" {
		s.attributes = append(s.attributes, attribute{key, value{Text: &v}})
	}
}

func (s *span) number(key string, n int64) {
	v := strconv.FormatInt(n, 10)
	s.attributes = append(s.attributes, attribute{key, value{Number: &v}})
}

// Called tells of a call of a model that is over, and of the replicas that were asked.
func (e *Exporter) Called(r *watch.Record) {
	if e == nil {
		return
	}
	s := span{link: r.Link(), parent: r.Link().Span, name: "chat " + r.Model, kind: client, begun: 1000 * r.Begun, ended: 1000 * (r.Begun + r.Took), failed: r.Code != ""}
	random(s.id[:])
	s.text("gen_ai.operation.name", "chat")
	s.text("gen_ai.provider.name", cmp.Or(dialectOf(r), "wenyuan"))
	s.text("gen_ai.request.model", r.Model)
	if r.Code == "" {
		s.text("gen_ai.response.model", cmp.Or(r.Answered, r.Model))
	}
	if r.In > 0 || r.Out > 0 {
		s.number("gen_ai.usage.input_tokens", int64(r.In))
		s.number("gen_ai.usage.output_tokens", int64(r.Out))
	}
	if r.Finish != "" {
		s.attributes = append(s.attributes, attribute{"gen_ai.response.finish_reasons", value{List: &list{[]value{{Text: &r.Finish}}}}})
	}
	s.text("error.type", r.Code)
	s.address(r.Replica)
	s.text("wenyuan.request", r.Request)
	s.text("wenyuan.level", r.Level)
	s.text("wenyuan.class", r.Class)
	if r.Waited > 0 {
		s.number("wenyuan.queue_us", r.Waited)
	}
	if r.First > 0 {
		s.number("wenyuan.first_token_us", r.First)
	}
	e.put(s)
	for _, step := range r.Steps {
		if step.Kind == watch.Replica {
			e.put(attempt(s, r, step))
		}
	}
}

// attempt is the span of a replica that was asked.
func attempt(of span, r *watch.Record, step watch.Step) span {
	s := span{link: of.link, parent: of.id, name: "chat " + r.Model, kind: client, begun: 1000 * (r.Begun + step.At), ended: 1000 * (r.Begun + step.At + step.Took), failed: step.Result != watch.Good && step.Result != watch.Left}
	random(s.id[:])
	s.text("gen_ai.operation.name", "chat")
	s.text("gen_ai.provider.name", step.Dialect)
	s.text("gen_ai.request.model", r.Model)
	s.address(step.Where)
	if s.failed {
		s.text("error.type", step.Result)
	}
	s.text("wenyuan.why", step.Why)
	if step.First > 0 {
		s.number("wenyuan.first_token_us", step.First)
	}
	return s
}

func dialectOf(r *watch.Record) (dialect string) {
	for _, s := range r.Steps {
		if s.Kind == watch.Replica {
			dialect = s.Dialect
		}
	}
	return dialect
}

// address adds where a replica is.
func (s *span) address(id string) {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" {
		return
	}
	s.text("server.address", u.Hostname())
	if port, err := net.LookupPort("tcp", cmp.Or(u.Port(), u.Scheme)); err == nil {
		s.number("server.port", int64(port))
	}
}

// The message of OTLP: an ExportTraceServiceRequest in the JSON of protobuf, with ids in hexadecimal.
type message struct {
	Resources []resourceSpans `json:"resourceSpans"`
}

type resourceSpans struct {
	Resource struct {
		Attributes []attribute `json:"attributes"`
	} `json:"resource"`
	Scopes []scopeSpans `json:"scopeSpans"`
	Schema string       `json:"schemaUrl"`
}

type scopeSpans struct {
	Scope  scopeOf  `json:"scope"`
	Spans  []sentAs `json:"spans"`
	Schema string   `json:"schemaUrl"`
}

type scopeOf struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type sentAs struct {
	Trace      string      `json:"traceId"`
	Span       string      `json:"spanId"`
	Parent     string      `json:"parentSpanId,omitempty"`
	Name       string      `json:"name"`
	Kind       int         `json:"kind"`
	Begun      string      `json:"startTimeUnixNano"`
	Ended      string      `json:"endTimeUnixNano"`
	Attributes []attribute `json:"attributes"`
	Status     status      `json:"status"`
}

type status struct {
	Code int `json:"code,omitempty"` // 2 for an error
}

// message puts spans into the form of OTLP.
func (e *Exporter) message(batch []span) message {
	r := resourceSpans{Schema: schema, Scopes: []scopeSpans{{Scope: scopeOf{"wenyuan", e.c.Version}, Schema: schema}}}
	var about span
	about.text("service.name", e.c.Service)
	about.text("service.version", e.c.Version)
	r.Resource.Attributes = about.attributes
	for _, s := range batch {
		one := sentAs{Trace: hex.EncodeToString(s.link.Trace[:]), Span: hex.EncodeToString(s.id[:]), Name: s.name, Kind: s.kind, Attributes: s.attributes,
			Begun: strconv.FormatInt(s.begun, 10), Ended: strconv.FormatInt(s.ended, 10)}
		if s.parent != [8]byte{} {
			one.Parent = hex.EncodeToString(s.parent[:])
		}
		if s.failed {
			one.Status.Code = 2
		}
		r.Scopes[0].Spans = append(r.Scopes[0].Spans, one)
	}
	return message{[]resourceSpans{r}}
}
