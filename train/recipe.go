package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"wenyuan"
	"wenyuan/train/engine"
)

// Embedded is the engine that is part of the program. There is no other yet.
const Embedded = "embedded"

// A Recipe says what is to be learned, from what, and how; it is the same whatever engine runs it.
type Recipe struct {
	Name   string `json:"name" doc:"of the run, and of what it makes: lower-case letters, digits, - and _"`
	Base   string `json:"base" doc:"model that is taught: tiny, a base of the settings or of the data folder, or the name or hash of one that a run made"`
	From   string `json:"from,omitempty" doc:"hash of an adapter to go on from"`
	Data   string `json:"data" doc:"data set: its name, name@label, or hash"`
	Mix    *Mix   `json:"mix,omitempty" doc:"general data beside it"`
	Engine string `json:"engine,omitempty" doc:"embedded"`
	Gate   string `json:"gate,omitempty" doc:"policy that what comes out has to pass; the shipped one where it is empty"`
	Merged bool   `json:"merged,omitempty" doc:"also write base and adapter as one GGUF file"`
	engine.Spec
}

// A Mix is general data that is learned beside that of the domain, so that what the model could do
// before is not forgotten.
type Mix struct {
	Data   string  `json:"data" doc:"data set: its name, name@label, or hash"`
	Domain float64 `json:"domain" doc:"share of the tokens that are of the domain, over 0 and below 1"`
}

var recipeName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// maxRecipe is how large a recipe may be.
const maxRecipe = 64 << 10

// ReadRecipe reads a recipe in JSON, strictly: a name that is not known is an error.
func ReadRecipe(r io.Reader) (Recipe, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxRecipe+1))
	if err != nil {
		return Recipe{}, fmt.Errorf("train: recipe: %w", err)
	}
	if len(raw) > maxRecipe {
		return Recipe{}, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the recipe has more than %d bytes", maxRecipe), Hint: "name the data by its set"}
	}
	var c Recipe
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Recipe{}, misread(err)
	}
	return c.Normal()
}

// misread names the key of a recipe that cannot be read.
func misread(err error) error {
	out := &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the recipe cannot be read: %s", err), Hint: "compare it with the page about training"}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		out.Message = fmt.Sprintf("the recipe gives %s a value of the wrong kind: %s", wrong.Field, wrong.Value)
	} else if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		out.Message = fmt.Sprintf("the recipe has the key %s, which nothing reads", strings.Trim(key, `"`))
	}
	return out
}

// Normal is the recipe with what it leaves out filled in, or what is wrong with it.
func (c Recipe) Normal() (Recipe, error) {
	if c.Engine == "" {
		c.Engine = Embedded
	}
	switch {
	case !recipeName.MatchString(c.Name):
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a run cannot be called %q", c.Name), Hint: "1 to 64 lower-case letters, digits, - and _, a letter or a digit first"}
	case c.Base == "":
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the recipe names no base", Hint: "give the name of a model that is to be taught: wenyuan train bases"}
	case c.Data == "":
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the recipe names no data set", Hint: "make one first: wenyuan dataset build"}
	case c.Engine != Embedded:
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no engine %q", c.Engine), Hint: "leave it out: the engine is part of the program"}
	case c.Mix != nil && (c.Mix.Data == "" || c.Mix.Domain <= 0 || c.Mix.Domain >= 1):
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a mix needs a data set and the share of the domain, over 0 and below 1", Hint: "give both, or leave the mix out"}
	case c.From != "" && c.Full:
		return c, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a run over all weights cannot go on from an adapter", Hint: "leave from or full out"}
	}
	spec, err := c.Spec.Normal()
	c.Spec = spec
	return c, err
}

// maxDomain is the share of the domain up to which continued pretraining keeps what the model knew,
// by experience; above it there is a warning.
const maxDomain = 0.15

// Advice is what a person should know of a recipe before it is run.
func (c Recipe) Advice() (all []string) {
	domain := 1.0
	if c.Mix != nil {
		domain = c.Mix.Domain
	}
	switch {
	case c.Method == engine.Pretrain && c.Base != TinyName && domain > maxDomain:
		all = append(all, fmt.Sprintf("%.0f %% of the text is of the domain: above %.0f %%, continued pretraining tends to lose what the model could do; mix in general text", 100*domain, 100*maxDomain))
	case c.Method == engine.SFT && c.Mix == nil:
		all = append(all, "all data is of the domain: one to one with general data keeps what the model could do (mix: domain 0.5)")
	case c.Method == engine.DPO && c.NLL == 0:
		all = append(all, "preference learning without the chosen answers' own loss can spoil a model while its figures look well: nll 0.2 or more holds it")
	}
	return all
}
