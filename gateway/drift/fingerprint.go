package drift

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Fingerprint is what a replica's server says of itself. What it does not say is empty.
type Fingerprint struct {
	Engine       string `json:"engine,omitempty" doc:"llama.cpp, vllm, ollama or the dialect"`
	Model        string `json:"model,omitempty" doc:"what the server calls what it runs"`
	Build        string `json:"build,omitempty" doc:"of the engine, or what a provider calls the state of its system"`
	Quantisation string `json:"quantisation,omitempty" doc:"such as Q4_K_M"`
	Template     string `json:"template,omitempty" doc:"short hash of the chat template"`
	Context      int    `json:"context,omitempty" doc:"tokens of one request"`
}

// LlamaCpp is the engine whose answers at temperature 0 are compared token by token.
const LlamaCpp = "llama.cpp"

// Known says whether a server has said anything.
func (f Fingerprint) Known() bool { return f != Fingerprint{} }

// Hash is a short name for all of it; "" where nothing is known.
func (f Fingerprint) Hash() string {
	if !f.Known() {
		return ""
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "" // never: texts and a number
	}
	return Short(string(b))
}

// Short is a short hash of a text, such as a chat template; "" for none.
func Short(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// The parts of a fingerprint, by which differences are named.
const (
	OfEngine       = "engine"
	OfModel        = "model"
	OfBuild        = "build"
	OfQuantisation = "quantisation"
	OfTemplate     = "template"
	OfContext      = "context"
)

// A Difference is one thing in which a replica is not as the others.
type Difference struct {
	What   string `json:"what" doc:"engine, model, build, quantisation, template or context"`
	Has    string `json:"has"`
	Others string `json:"others" doc:"what most of the others have; with two replicas, what the other has"`
}

// Weighs says whether the difference changes answers. Another build or a longer context alone is
// what every pool has while it is brought up to date.
func (d Difference) Weighs() bool {
	return d.What == OfModel || d.What == OfQuantisation || d.What == OfTemplate
}

// String says it to an operator.
func (d Difference) String() string {
	switch d.What {
	case OfModel:
		return fmt.Sprintf("another model: %s, others have %s", d.Has, d.Others)
	case OfQuantisation:
		return fmt.Sprintf("another quantisation: %s, others have %s", d.Has, d.Others)
	case OfTemplate:
		return fmt.Sprintf("another chat template: %s, others have %s", d.Has, d.Others)
	}
	return fmt.Sprintf("another %s: %s, others have %s", d.What, d.Has, d.Others)
}

// part is one part of a fingerprint as text; "" where it is not known.
func (f Fingerprint) part(what string) string {
	switch what {
	case OfEngine:
		return f.Engine
	case OfModel:
		return f.Model
	case OfBuild:
		return f.Build
	case OfQuantisation:
		return f.Quantisation
	case OfTemplate:
		return f.Template
	}
	if f.Context == 0 {
		return ""
	}
	return strconv.Itoa(f.Context)
}

var parts = []string{OfModel, OfQuantisation, OfTemplate, OfEngine, OfBuild, OfContext}

// Differences are those of each fingerprint from what most others say, part by part: a value that
// more than half of those who say anything have is agreed on. Where no value has that, each
// replica differs from the others.
func Differences(all []Fingerprint) [][]Difference {
	out := make([][]Difference, len(all))
	for _, what := range parts {
		count, known := map[string]int{}, 0
		for _, f := range all {
			if v := f.part(what); v != "" {
				count[v]++
				known++
			}
		}
		if len(count) < 2 {
			continue
		}
		for i, f := range all {
			has := f.part(what)
			if has == "" || 2*count[has] > known {
				continue
			}
			out[i] = append(out[i], Difference{what, has, mostOf(count, has)})
		}
	}
	return out
}

// mostOf is the value that most others have.
func mostOf(count map[string]int, but string) (most string) {
	for v, n := range count {
		if v != but && (most == "" || cmp.Or(cmp.Compare(n, count[most]), strings.Compare(most, v)) > 0) {
			most = v
		}
	}
	return most
}

// quantised finds what files and model names say of quantisation: GGUF's names (llama.cpp,
// tools/quantize), and the methods that are in the names of models for vLLM.
var quantised = regexp.MustCompile(`(?i)(?:^|[-._/: ])((?:UD-)?I?Q[1-8](?:_[0-9KSMLX]+)*|TQ[12]_0|MXFP4|NVFP4|BF16|F16|FP16|F32|FP8|AWQ|GPTQ(?:-INT[48])?|INT[48]|W[48]A(?:8|16))(?:$|[-._/: ])`)

// QuantisationIn is the quantisation that the name of a model or of its file tells; "" where it
// tells none.
func QuantisationIn(name string) string {
	if m := quantised.FindStringSubmatch(strings.TrimSuffix(name, ".gguf")); m != nil {
		return strings.ToUpper(m[1])
	}
	return ""
}
