package gateway

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/gateway/engine"
)

// What a model can do.
const (
	Chat       = "chat"        // writes text
	Tools      = "tools"       // calls tools; needs chat
	JSONSchema = "json_schema" // answers in the form of a given schema; needs chat
	Judging    = "judge"       // gives a second opinion on whether evidence carries a claim
	Embeddings = "embeddings"  // turns texts into vectors
	Rerank     = "rerank"      // scores passages for a question
	Moderation = "moderation"  // says what is unsafe about a text
)

// abilities are all of them, in the order in which they are shown.
var abilities = []string{Chat, Tools, JSONSchema, Judging, Embeddings, Rerank, Moderation}

// Where a model runs.
const (
	Inside  = "inside"  // within the borders that the operator answers for
	Outside = "outside" // anywhere else; a closed corpus never gets there
)

// EngineTokenizer asks the model's own server to count tokens.
const EngineTokenizer = "engine"

// The dialects that servers of models speak.
const (
	OpenAI    = "openai"
	Anthropic = "anthropic"
	Ollama    = "ollama"
	NLI       = "nli" // a text-classification endpoint that judges entailment
)

// dialects says what can be had through each of them.
var dialects = map[string][]string{
	OpenAI:    {Chat, Tools, JSONSchema, Judging, Embeddings, Rerank, Moderation},
	Anthropic: {Chat, Tools, JSONSchema, Judging, Moderation},
	Ollama:    {Chat, Tools, JSONSchema, Judging, Embeddings, Moderation},
	NLI:       {Judging},
}

// Dialects lists the known dialects.
func Dialects() []string { return []string{OpenAI, Anthropic, Ollama, NLI} }

// A Spec is a model as it is declared. It holds no secret: a key is named by the
// environment variable of the server that has it.
type Spec struct {
	Name      string       `json:"name" doc:"how it is called here"`
	Replicas  []Replica    `json:"replicas" doc:"servers that run it; each request goes to the one that suits best, and to another when that fails"`
	Engine    *engine.Spec `json:"engine,omitempty" doc:"a program of the server's machine that runs it; in the settings file alone"`
	Adapter   *Adapter     `json:"adapter,omitempty" doc:"it is another model with an adapter, and has nothing of its own but its name"`
	Fallback  []string     `json:"fallback,omitempty" doc:"models that are asked in this order where no replica can answer and the asker allows it"`
	Context   int          `json:"context,omitempty" doc:"tokens that prompt and answer may have together; unknown where it is 0"`
	Tokenizer string       `json:"tokenizer,omitempty" doc:"engine for the server's own, or the name of a tiktoken encoding; counts are estimated where it is empty"`
	Can       []string     `json:"can" doc:"chat, tools, json_schema, judge, embeddings, rerank, moderation; chat where it is empty"`
	Price     *Price       `json:"price,omitempty" doc:"what it costs; unknown where it is missing"`
	Location  string       `json:"location" doc:"inside or outside; inside by default where every replica is on this machine"`
}

// A Replica is one server of a model.
type Replica struct {
	URL        string `json:"url" doc:"address, with or without its version segment"`
	Dialect    string `json:"dialect" doc:"openai, anthropic, ollama or nli; openai where it is empty"`
	RemoteName string `json:"remote_name,omitempty" doc:"how that server calls the model; the name where it is empty"`
	KeyEnv     string `json:"key_env,omitempty" doc:"environment variable of this server that holds the key"`

	Weight   float64 `json:"weight,omitempty" doc:"its share of the load beside others; 1 where it is 0"`
	Priority int     `json:"priority,omitempty" doc:"replicas of a lower number are asked first; others when none of these has a place"`
	Region   string  `json:"region,omitempty" doc:"where it stands: those of the server's own region are asked first"`
	Cost     float64 `json:"cost,omitempty" doc:"of a million tokens, in any currency that is the same for all: of replicas that are equal else, the cheaper one is asked first"`
	Adapters string  `json:"adapters,omitempty" doc:"how it is given adapters while it runs: vllm; it takes none where it is empty"`
}

// A Price is what a model costs per million tokens.
type Price struct {
	Input    float64 `json:"input" doc:"for a million tokens of prompt"`
	Output   float64 `json:"output" doc:"for a million tokens of answer"`
	Currency string  `json:"currency" doc:"as it is to be shown: USD, CNY"`
}

// Limits of what a Spec may hold.
const (
	maxReplicas = 64
	maxContext  = 100_000_000 // tokens
	maxPrice    = 1e6         // of a million tokens
	maxFallback = 8
	maxWeight   = 1000
	maxPriority = 100
)

var (
	modelName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._:@/+-]{0,127}$`)
	envName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	currency  = regexp.MustCompile(`^[\p{L}\p{Sc}]{1,8}$`)
)

// WithDefaults fills in what a declaration may leave out, so that two ways to say the same
// thing have one hash.
func (s Spec) WithDefaults() Spec {
	s.Replicas = slices.Clone(s.Replicas)
	for i, r := range s.Replicas {
		if r.Dialect == "" {
			s.Replicas[i].Dialect = OpenAI
		}
		if r.RemoteName == s.Name {
			s.Replicas[i].RemoteName = ""
		}
	}
	if s.Engine != nil {
		e := s.Engine.WithDefaults(OpenAI)
		if e.RemoteName == s.Name {
			e.RemoteName = ""
		}
		s.Engine = &e
	}
	if s.Adapter != nil {
		return s // what it does not say is said by the model that it stands on
	}
	if len(s.Can) == 0 {
		s.Can = []string{Chat}
		if s.dialect() == NLI {
			s.Can = []string{Judging}
		}
	}
	s.Can = slices.SortedFunc(slices.Values(s.Can), func(a, b string) int { return slices.Index(abilities, a) - slices.Index(abilities, b) })
	s.Can = slices.Compact(s.Can)
	if s.Location == "" {
		s.Location = Inside
		if slices.ContainsFunc(s.Replicas, func(r Replica) bool { return !here(r.URL) }) {
			s.Location = Outside
		}
	}
	return s
}

// servers are the replicas, and a replica for the engine, whose address is not known yet.
func (s Spec) servers() []Replica {
	if s.Engine == nil {
		return s.Replicas
	}
	return append(s.Replicas[:len(s.Replicas):len(s.Replicas)], Replica{Dialect: s.Engine.Dialect, RemoteName: s.Engine.RemoteName})
}

// dialect is that of the first server: those that speak nli are not mixed with others.
func (s Spec) dialect() string {
	if all := s.servers(); len(all) > 0 {
		return all[0].Dialect
	}
	return ""
}

// fromOutside refuses what only the settings file may declare: whoever may say which program is
// run on the server's machine, is its operator.
func (s Spec) fromOutside() error {
	if s.Engine == nil {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "the model " + s.Name + " names a program to run, which only the settings file may do", Hint: "declare its engine there, or start the program by hand and give its address"}
}

// Able says whether the model is declared to do something.
func (s Spec) Able(what string) bool { return slices.Contains(s.Can, what) }

// here says whether an address is on this machine.
func here(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// A Fault is one thing that is wrong with a Spec: the field, as in the JSON form, and what to write.
type Fault struct {
	Field string // "replicas[1].url"; "" for the whole
	Text  string
}

// Faults lists everything that is wrong with a model, after [Spec.WithDefaults].
func (s Spec) Faults() (all []Fault) {
	bad := func(field, form string, args ...any) { all = append(all, Fault{field, fmt.Sprintf(form, args...)}) }
	if !modelName.MatchString(s.Name) {
		bad("name", "%q cannot be the name of a model: up to 128 letters, digits and . _ : @ / + -, beginning with a letter or digit", s.Name)
	}
	if s.Adapter != nil {
		s.adapterFaults(bad)
		return all
	}
	if s.Engine != nil {
		s.engineFaults(bad)
	}
	if n := len(s.Replicas); n == 0 && s.Engine == nil {
		bad("", "has no replicas: say where the model runs")
	} else if n > maxReplicas {
		bad("replicas", "%d addresses; at most %d", n, maxReplicas)
	}
	for i, r := range s.Replicas {
		r.faults(func(field, form string, args ...any) { bad(fmt.Sprintf("replicas[%d].%s", i, field), form, args...) })
	}
	if s.Context < 0 || s.Context > maxContext {
		bad("context", "is %d: want a number of tokens, such as 32768", s.Context)
	}
	if s.Location != Inside && s.Location != Outside {
		bad("location", "is %q: want inside or outside", s.Location)
	}
	if s.Tokenizer == EngineTokenizer && slices.ContainsFunc(s.servers(), func(r Replica) bool { return r.Dialect != OpenAI }) {
		bad("tokenizer", "engine asks /tokenize of llama.cpp or vLLM, so it needs the dialect openai")
	}
	if nli := func(r Replica) bool { return r.Dialect == NLI }; slices.ContainsFunc(s.servers(), nli) && slices.ContainsFunc(s.servers(), func(r Replica) bool { return !nli(r) }) {
		bad("replicas", "some speak nli and some do not, which are asked in different ways: make two models of them")
	}
	s.canFaults(bad)
	s.fallbackFaults(bad)
	if p := s.Price; p != nil && (!(p.Input >= 0 && p.Input <= maxPrice) || !(p.Output >= 0 && p.Output <= maxPrice)) {
		bad("price", "input and output are what a million tokens cost, from 0 to %d", int(maxPrice))
	} else if p != nil && !currency.MatchString(p.Currency) {
		bad("price.currency", "is %q: want a currency such as USD or CNY", p.Currency)
	}
	return all
}

func (s Spec) engineFaults(bad func(field, form string, args ...any)) {
	e := *s.Engine
	e.Faults(func(field, form string, args ...any) { bad("engine."+field, form, args...) })
	Replica{URL: "http://127.0.0.1", Dialect: e.Dialect, RemoteName: e.RemoteName}.faults(func(field, form string, args ...any) { bad("engine."+field, form, args...) })
	for _, what := range s.Can {
		if known, ok := dialects[e.Dialect]; ok && slices.Contains(abilities, what) && !slices.Contains(known, what) {
			bad("can", "%s is not to be had through the dialect %s of the engine; it gives %s", what, e.Dialect, strings.Join(known, ", "))
		}
	}
}

// fallbackFaults looks at the names alone: a model of the ladder may be declared later. Ladders do not
// go on at one another, so that there are no loops.
func (s Spec) fallbackFaults(bad func(field, form string, args ...any)) {
	if n := len(s.Fallback); n > maxFallback {
		bad("fallback", "names %d models; at most %d", n, maxFallback)
	}
	for i, name := range s.Fallback {
		field := fmt.Sprintf("fallback[%d]", i)
		switch {
		case !modelName.MatchString(name):
			bad(field, "%q cannot be the name of a model: up to 128 letters, digits and . _ : @ / + -, beginning with a letter or digit", name)
		case name == s.Name:
			bad(field, "is the model itself: name another one that takes its place")
		case slices.Contains(s.Fallback[:i], name):
			bad(field, "%q stands there twice", name)
		}
	}
	if len(s.Fallback) > 0 && !s.Able(Chat) {
		bad("fallback", "takes the place of a model that chats: embeddings and scores of another model are others")
	}
}

func (s Spec) canFaults(bad func(field, form string, args ...any)) {
	for _, what := range s.Can {
		if !slices.Contains(abilities, what) {
			bad("can", "%q is nothing a model can do; known are %s", what, strings.Join(abilities, ", "))
			continue
		}
		for i, r := range s.Replicas {
			if known, ok := dialects[r.Dialect]; ok && !slices.Contains(known, what) {
				bad("can", "%s is not to be had through the dialect %s of replicas[%d]; it gives %s", what, r.Dialect, i, strings.Join(known, ", "))
			}
		}
	}
	if !s.Able(Chat) && (s.Able(Tools) || s.Able(JSONSchema) && !s.Able(Judging) && !s.Able(Moderation)) {
		bad("can", "tools and json_schema are ways to chat: add chat")
	}
}

func (r Replica) faults(bad func(field, form string, args ...any)) {
	if r.URL == "" {
		bad("url", "is empty: say where the model runs, such as http://127.0.0.1:8080/v1")
	} else if err := CheckURL(r.URL); err != nil {
		bad("url", "%s", message(err))
	}
	if _, ok := dialects[r.Dialect]; !ok {
		bad("dialect", "%q is not known; known are %s", r.Dialect, strings.Join(Dialects(), ", "))
	}
	if len(r.RemoteName) > 256 || strings.ContainsFunc(r.RemoteName, func(c rune) bool { return c < ' ' }) {
		bad("remote_name", "has to be one line of up to 256 bytes")
	}
	if !(r.Weight >= 0 && r.Weight <= maxWeight) {
		bad("weight", "is %v: want a share beside the others, from 0 to %d", r.Weight, maxWeight)
	}
	if r.Priority < 0 || r.Priority > maxPriority {
		bad("priority", "is %d: want a number from 0, which is asked first, to %d", r.Priority, maxPriority)
	}
	if !(r.Cost >= 0 && r.Cost <= maxPrice) {
		bad("cost", "is what a million tokens cost, from 0 to %d", int(maxPrice))
	}
	if len(r.Region) > 128 || strings.ContainsFunc(r.Region, func(c rune) bool { return c < ' ' }) {
		bad("region", "has to be one line of up to 128 bytes")
	}
	if r.Adapters != "" && (r.Adapters != AdaptersVLLM || r.Dialect != OpenAI) {
		bad("adapters", "is %q: want vllm, of a replica of the dialect openai, or nothing", r.Adapters)
	}
	if r.KeyEnv != "" && !envName.MatchString(r.KeyEnv) {
		bad("key_env", "is the name of an environment variable, such as WRITER_KEY, and never the key itself")
	}
}

// Check gives everything that is wrong with a model as one error; nil where nothing is.
func (s Spec) Check() error {
	faults := s.Faults()
	if len(faults) == 0 {
		return nil
	}
	var lines []string
	for _, f := range faults {
		lines = append(lines, strings.Join(slices.DeleteFunc([]string{s.Name, f.Field, f.Text}, func(part string) bool { return part == "" }), ": "))
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: strings.Join(lines, "\n"), Hint: "declare the model anew with these fields put right"}
}
