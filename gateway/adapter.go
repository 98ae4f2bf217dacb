package gateway

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/version"
)

// An Adapter says that a model of a space is a model of the settings file with an adapter beside its
// weights (LoRA: E. J. Hu and others, 2021). What the model can do, its context, its price and where it
// runs are those of the model it stands on.
type Adapter struct {
	On   string `json:"on" doc:"model of the settings file that it stands on"`
	Hash string `json:"hash,omitempty" doc:"version of the adapter; the model itself, without an adapter, where it is empty"`
	Base string `json:"base,omitempty" doc:"hash of the weights that the adapter was made for"`
}

// Labels of the versions of a model that are at hand beside those in use: their engines run, and
// [Models.At] finds them, but nobody falls to them.
const (
	Candidate = "candidate" // what is to come into use
	Previous  = "previous"  // what was in use, kept for going back
)

// AdapterFiles are what a server of models is given of an adapter, as they lie on this machine.
type AdapterFiles struct {
	GGUF     string // path of the file in llama.cpp's form
	PEFT     string // path of the folder in PEFT's form
	Base     string // hash of the weights that it was made for
	Template string // SHA-256 of the chat template that it was made with, in hexadecimal; "" where it is not known

	// Fits says why the adapter cannot be used beside the weights at a path, as an error; nil: it is not known.
	Fits func(ctx context.Context, path string) error
}

// adapterHash is the form of an adapter's version.
var adapterHash = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// Served is the name under which a server that holds several adapters knows one: it is made of the
// version, and never means another adapter, as such servers keep what they have read by the name.
func (a Adapter) Served() string { return "wy-" + a.Hash[:min(12, len(a.Hash))] }

// String is what the model stands on, in short: "qwen + 1a2b3c4d5e6f".
func (a Adapter) String() string {
	if a.Hash == "" {
		return a.On
	}
	return a.On + " + " + short(a.Hash)
}

// AdaptersVLLM says that a replica is vLLM, which is given adapters by its interface while it runs.
const AdaptersVLLM = "vllm"

// adapterFaults looks at a model that stands on another one: it has nothing of its own.
func (s Spec) adapterFaults(bad func(field, form string, args ...any)) {
	a := s.Adapter
	if !modelName.MatchString(a.On) {
		bad("adapter.on", "%q cannot be the name of a model: up to 128 letters, digits and . _ : @ / + -, beginning with a letter or digit", a.On)
	}
	if a.On == s.Name {
		bad("adapter.on", "is the model itself: name one of the settings file")
	}
	if a.Hash != "" && !adapterHash.MatchString(a.Hash) {
		bad("adapter.hash", "%q is no version of an adapter", a.Hash)
	}
	if len(s.Replicas) > 0 || s.Engine != nil || len(s.Fallback) > 0 || s.Context != 0 || s.Tokenizer != "" || len(s.Can) > 0 || s.Price != nil || s.Location != "" {
		bad("adapter", "takes everything but its name from %s, which stands in the settings file: say nothing else", a.On)
	}
}

// A standing is how a model stands on another one.
type standing struct {
	spec  Spec   // with what the other one has
	on    *Model // the other one
	made  string // hash of everything that decides about answers
	files AdapterFiles
}

// itself says whether a model is another one without an adapter.
func (s Spec) itself() bool { return s.Adapter != nil && s.Adapter.Hash == "" }

// adapted says whether a model has an adapter.
func (s Spec) adapted() bool { return s.Adapter != nil && s.Adapter.Hash != "" }

// stands finds what a model stands on among those of the house, and lays the files of its adapter on this
// machine.
func (m *Models) stands(ctx context.Context, s Spec, space, hash string, house []*Model) (st standing, err error) {
	a := *s.Adapter
	i := slices.IndexFunc(house, func(o *Model) bool { return o.space == "" && o.spec.Name == a.On })
	if i < 0 {
		return st, standless(s)
	}
	st.on = house[i]
	if s.adapted() {
		if st.files, err = m.files(ctx, space, a.Hash); err != nil {
			return st, err
		}
	}
	if st.spec, err = s.over(st.on.spec, st.files); err != nil {
		return st, err
	}
	how := []string{}
	if e := st.on.spec.Engine; e != nil {
		how = e.Adapter
	}
	st.made, err = version.Hash(map[string]any{"version": hash, "on": st.on.hash, "how": how})
	return st, err
}

// stood refuses a model that stands on one which the settings file does not have.
func stood(s Spec, declared []Spec) error {
	if s.Adapter == nil || slices.ContainsFunc(declared, func(d Spec) bool { return d.Name == s.Adapter.On }) {
		return nil
	}
	return standless(s)
}

func standless(s Spec) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s stands on the model %q, which the settings file does not have", s.Name, s.Adapter.On), Hint: "name a model of the settings file"}
}

// files lays the files of an adapter on this machine.
func (m *Models) files(ctx context.Context, space, hash string) (AdapterFiles, error) {
	if m.c.Adapters == nil {
		return AdapterFiles{}, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "there is nowhere to take adapters from", Hint: "run the model in a server of wenyuan"}
	}
	return m.c.Adapters(ctx, space, hash)
}

// over is a model with what the one that it stands on has: that one's servers, where it has no adapter of its
// own, else those that take one.
func (s Spec) over(on Spec, files AdapterFiles) (Spec, error) {
	out := on
	out.Name, out.Adapter = s.Name, s.Adapter
	out.Fallback = slices.DeleteFunc(slices.Clone(on.Fallback), func(name string) bool { return name == s.Name })
	out.Replicas = nil
	for _, r := range on.Replicas {
		switch {
		case s.itself() && r.RemoteName == "":
			r.RemoteName = on.Name
		case s.itself():
		case r.Adapters == "":
			continue
		default:
			r.RemoteName = s.Adapter.Served()
		}
		out.Replicas = append(out.Replicas, r)
	}
	out.Engine = nil
	if e := on.Engine; e != nil && (s.itself() || len(e.Adapter) > 0) {
		with := *e
		if with.RemoteName == "" {
			with.RemoteName = on.Name
		}
		if !s.itself() {
			with = with.With(files.GGUF, files.PEFT, s.Adapter.Served())
		}
		out.Engine = &with
	}
	if len(out.servers()) == 0 {
		return out, &wenyuan.Error{Code: wenyuan.Conflict, Message: "the model " + on.Name + " has no server that takes an adapter",
			Hint: "run it as an engine of llama.cpp, say under adapter how its command takes one, or write adapters: vllm on its replicas"}
	}
	return out, nil
}

// fits says why an adapter cannot be used with the model that it is to stand on: the weights of its command
// are looked at where they lie on this machine.
func (st standing) fits(ctx context.Context) error {
	if e := st.on.spec.Engine; e != nil && st.files.Fits != nil {
		if path := e.Weights(); path != "" {
			return st.files.Fits(ctx, path)
		}
	}
	return nil
}

// filesTime is how long laying the files of an adapter may take while the models are read.
const filesTime = 20 * time.Second
