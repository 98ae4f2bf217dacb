package gateway

import (
	"regexp"
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
	GGUF string // path of the file in llama.cpp's form
	PEFT string // path of the folder in PEFT's form
	Base string // hash of the weights that it was made for

	// Fits says why the adapter cannot be used beside the weights in a GGUF file, as an error; nil: it is not known.
	Fits func(path string) error
}

// adapterHash is the form of an adapter's version.
var adapterHash = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// Served is the name under which a server that holds several adapters knows one: it is made of the
// version, and never means another adapter, as such servers keep what they have read by the name.
func (a Adapter) Served() string { return "wy-" + a.Hash[:min(12, len(a.Hash))] }

// AdaptersVLLM says that a replica is vLLM, which is given adapters by its interface while it runs.
const AdaptersVLLM = "vllm"
