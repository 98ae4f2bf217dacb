package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"wenyuan"
)

// A Report says what came of trying a model.
type Report struct {
	Model    string  `json:"model"`
	Location string  `json:"location" doc:"inside or outside"`
	OK       bool    `json:"ok" doc:"everything that was tried works"`
	Checks   []Check `json:"checks" doc:"by replica, in the order of the declaration"`
}

// A Check is one thing that was tried on one replica.
type Check struct {
	URL        string `json:"url"`
	What       string `json:"what" doc:"key, engine, tokenizer, or what the model is declared for: chat, tools, json_schema, judge, embeddings, rerank, moderation"`
	OK         bool   `json:"ok"`
	Took       int64  `json:"took_us" doc:"microseconds"`
	First      int64  `json:"first_us,omitempty" doc:"microseconds to the first piece of an answer"`
	Tokens     int    `json:"tokens,omitempty" doc:"of the answer, or of a text that was counted"`
	Dimensions int    `json:"dimensions,omitempty" doc:"numbers in a vector"`
	Message    string `json:"message,omitempty" doc:"what went wrong"`
	Hint       string `json:"hint,omitempty" doc:"what to do about it"`
}

// probeTime bounds one check: a model that has to be loaded takes its time.
const probeTime = 2 * time.Minute

// Test sends a model one small request for each thing that it is declared for, on each of
// its replicas, and says what worked. An unset key is a failed check, and nothing is sent then.
func (m *Models) Test(ctx context.Context, space, name string) (Report, error) {
	o, ok := m.Get(space, name)
	if !ok {
		for _, l := range m.List(space) {
			if l.Name == name {
				return Report{}, &wenyuan.Error{Code: wenyuan.Conflict, Message: "the model " + name + " cannot be used: " + l.Fault, Hint: "put its declaration right"}
			}
		}
		return Report{}, Unknown(name)
	}
	out := Report{Model: name, Location: o.spec.Location, OK: true}
	replicas, err := o.tried(ctx)
	if err != nil {
		out.OK, out.Checks = false, []Check{failed(Check{What: "engine"}, err)}
	}
	for _, r := range replicas {
		for _, c := range o.alone(r).checks(ctx, r) {
			out.OK = out.OK && c.OK
			out.Checks = append(out.Checks, c)
		}
	}
	return out, nil
}

// alone is the same model with one replica, whose requests are no part of the load.
func (m *Model) alone(r replica) *Model {
	one := *m
	one.replicas = []replica{r}
	one.spec.Replicas = []Replica{r.at}
	one.lane = newLane(m.house.c.Pool, m.house.c.Queue, nil)
	one.lane.pool.Set(one.members())
	return &one
}

// checks tries a model of one replica.
func (m *Model) checks(ctx context.Context, r replica) (all []Check) {
	if r.at.KeyEnv != "" && r.key == "" {
		return []Check{failed(Check{URL: r.at.URL, What: "key"}, &wenyuan.Error{Code: wenyuan.Unavailable,
			Message: "the environment variable " + r.at.KeyEnv + " of the server is empty", Hint: "put the key there and start the server again"})}
	}
	try := func(what string, f func(ctx context.Context, c *Check) error) {
		ctx, cancel := context.WithTimeout(ctx, probeTime)
		defer cancel()
		c := Check{URL: r.at.URL, What: what, OK: true}
		begun := time.Now()
		err := f(ctx, &c)
		c.Took = time.Since(begun).Microseconds()
		if err != nil {
			c = failed(c, err)
		}
		all = append(all, c)
	}
	for _, what := range m.spec.Can {
		try(what, func(ctx context.Context, c *Check) error { return m.probe(ctx, what, c) })
	}
	if m.spec.Tokenizer == EngineTokenizer {
		try("tokenizer", func(ctx context.Context, c *Check) (err error) {
			c.Tokens, err = (&engineCounter{m: m}).Count(ctx, "How long does a pump run? 水泵运行多久？")
			return err
		})
	}
	return all
}

// failed notes why a check failed.
func failed(c Check, err error) Check {
	c.OK, c.Message = false, message(err)
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		c.Hint = e.Hint
	}
	return c
}

// probe tries one ability.
func (m *Model) probe(ctx context.Context, what string, c *Check) error {
	switch what {
	case Chat:
		_, err := m.talk(ctx, wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Say: ready"}}, MaxTokens: 64}, c)
		return err
	case Tools:
		return m.probeTools(ctx, c)
	case JSONSchema:
		return m.probeSchema(ctx, c)
	case Judging:
		return m.probeJudge(ctx)
	case Embeddings:
		e, _ := m.Embedder()
		vectors, err := e.Embed(ctx, []string{"How long does a pump run?"})
		if err == nil {
			c.Dimensions = len(vectors[0])
		}
		return err
	case Moderation:
		return m.probeModeration(ctx)
	}
	r, _ := m.Reranker()
	scores, err := r.Rerank(ctx, "How long does a pump run?", []string{"The canteen opens at noon.", "A pump runs for ten years."})
	if err == nil && scores[1] <= scores[0] {
		err = m.odd("ranked a passage that answers behind one that does not", "look whether this is a model for ranking passages")
	}
	return err
}

func (m *Model) odd(what, hint string) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + m.spec.Name + " " + what, Hint: hint}
}

// talk asks a chat and notes its times. A model that thinks may have said nothing when its
// tokens are used up, and works all the same.
func (m *Model) talk(ctx context.Context, r wenyuan.Request, c *Check) (said wenyuan.Message, err error) {
	begun := time.Now()
	var text strings.Builder
	for chunk, err := range m.stream(ctx, &r) {
		if err != nil {
			return said, err
		}
		if c.First == 0 && (chunk.Text != "" || len(chunk.ToolCalls) > 0) {
			c.First = time.Since(begun).Microseconds()
		}
		if chunk.Usage != nil {
			c.Tokens = chunk.Usage.Completion
		}
		text.WriteString(chunk.Text)
		said.ToolCalls = append(said.ToolCalls, chunk.ToolCalls...)
	}
	said.Content = text.String()
	return said, nil
}

func (m *Model) probeTools(ctx context.Context, c *Check) error {
	said, err := m.talk(ctx, wenyuan.Request{
		Messages:   []wenyuan.Message{{Role: "user", Content: "What time is it in Shanghai? Call the tool."}},
		Tools:      []wenyuan.Tool{{Name: "clock", Description: "Tells the time in a city.", Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}},
		ToolChoice: "required", MaxTokens: 1024,
	}, c)
	if err == nil && len(said.ToolCalls) == 0 {
		return m.odd("called no tool", "start its server with tool calling switched on, or take tools out of what it can do")
	}
	return err
}

func (m *Model) probeSchema(ctx context.Context, c *Check) error {
	said, err := m.talk(ctx, wenyuan.Request{
		Messages:  []wenyuan.Message{{Role: "user", Content: "Answer as JSON: the number of days in a week."}},
		Schema:    &wenyuan.Schema{Name: "days", Strict: true, Schema: json.RawMessage(`{"type":"object","properties":{"days":{"type":"integer"}},"required":["days"],"additionalProperties":false}`)},
		MaxTokens: 1024,
	}, c)
	if err != nil {
		return err
	}
	var days struct{ Days *int }
	if err := json.Unmarshal([]byte(strings.TrimSpace(said.Content)), &days); err != nil || days.Days == nil {
		return m.odd("did not keep to the JSON schema", "take json_schema out of what it can do")
	}
	return nil
}

func (m *Model) probeJudge(ctx context.Context) error {
	j, _ := m.Judge()
	o, err := j.Judge(ctx, "The pump is greased every 90 days.", "The pump is greased every 30 days.")
	if err == nil && (math.IsNaN(o.Entailed) || o.Entailed > o.Contradicted) {
		err = m.odd(fmt.Sprintf("believes a claim that the evidence contradicts (%.2f to %.2f)", o.Entailed, o.Contradicted), "take another model as judge")
	}
	return err
}

// harmless is what nobody may take for unsafe.
const harmless = "How long does a pump run?"

// probeModeration looks that the service answers, and lets through what is harmless: what it
// does with the rest is better measured on rows than tried on one.
func (m *Model) probeModeration(ctx context.Context) error {
	x, _ := m.Moderator()
	found, err := x.Moderate(ctx, harmless)
	if err != nil {
		return err
	}
	for kind, score := range found {
		if score >= 0.5 {
			return m.odd(fmt.Sprintf("finds %s in a harmless question (%.2f)", kind, score), "look whether this is a model for moderation")
		}
	}
	return nil
}
