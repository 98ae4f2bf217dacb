package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/weights"
)

// An Adapter is what LoRA learned beside a base, and the head of a reward model. Nothing changes
// it.
type Adapter struct {
	lora *llama.Adapter[float32]
	base string // hash of the base; empty where it is not known
	made Made
}

// Rank is the inner width of its matrices.
func (a *Adapter) Rank() int { return a.lora.Rank }

// Alpha is the numerator of its scale, Alpha/Rank.
func (a *Adapter) Alpha() float64 { return a.lora.Alpha }

// Targets are the modules it stands beside.
func (a *Adapter) Targets() []string { return slices.Clone(a.lora.Targets) }

// Reward says whether it scores texts and does not write them.
func (a *Adapter) Reward() bool { return a.lora.Score != nil }

// Base is the hash of the base it was trained on; empty where its file does not say.
func (a *Adapter) Base() string { return a.base }

// Made says by what its data was made into tokens.
func (a *Adapter) Made() Made { return a.made }

// The files of the PEFT form, and what ours say beside.
const (
	peftConfig    = "adapter_config.json"
	peftWeights   = "adapter_model.safetensors"
	noteBase      = "wenyuan.base"
	noteTokenizer = "wenyuan.tokenizer"
	noteTemplate  = "wenyuan.template"
	peftPrefix    = "base_model.model."
)

// peft is adapter_config.json, as far as it decides anything here.
type peft struct {
	Type      string   `json:"peft_type"`
	Task      string   `json:"task_type"`
	Rank      int      `json:"r"`
	Alpha     float64  `json:"lora_alpha"`
	Dropout   float64  `json:"lora_dropout"`
	Targets   []string `json:"target_modules"`
	Save      []string `json:"modules_to_save"`
	Bias      string   `json:"bias"`
	Base      string   `json:"base_model_name_or_path"`
	Inference bool     `json:"inference_mode"`
	FanInOut  bool     `json:"fan_in_fan_out"`
	RSLoRA    bool     `json:"use_rslora"`
	DoRA      bool     `json:"use_dora"`
}

// maxConfig is how long adapter_config.json may be.
const maxConfig = 1 << 20

// OpenAdapter reads the PEFT form that ExportPEFT writes.
func OpenAdapter(dir string) (*Adapter, error) {
	a, err := openAdapter(dir)
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the adapter %s cannot be used here: %v", filepath.Base(dir), err), Hint: "give a folder with adapter_config.json and adapter_model.safetensors", Err: err}
	}
	return a, nil
}

func openAdapter(dir string) (*Adapter, error) {
	path := filepath.Join(dir, peftConfig)
	if info, err := os.Stat(path); err == nil && info.Size() > maxConfig {
		return nil, fmt.Errorf("%s is longer than %d bytes", peftConfig, maxConfig)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c peft
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", peftConfig, err)
	}
	switch {
	case c.Type != "LORA" || c.RSLoRA || c.DoRA || c.FanInOut || c.Bias != "none" && c.Bias != "":
		return nil, fmt.Errorf("it is of the type %q, or a variant of it that is not known here", c.Type)
	case c.Rank < 1 || c.Rank > maxRank:
		return nil, fmt.Errorf("a rank of %d: want 1 to %d", c.Rank, maxRank)
	}
	f, err := weights.Open(filepath.Join(dir, peftWeights))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &Adapter{lora: &llama.Adapter[float32]{Rank: c.Rank, Alpha: c.Alpha}, base: f.Notes[noteBase], made: Made{f.Notes[noteTokenizer], f.Notes[noteTemplate]}}
	return a, a.readMatrices(f)
}

var loraKey = regexp.MustCompile(`^model\.layers\.(\d{1,3})\.([a-z_.]+)\.lora_([AB])\.weight$`)

// readMatrices takes all tensors of a file, which have to be matrices of known modules.
func (a *Adapter) readMatrices(f *weights.File) error {
	for _, t := range f.Tensors {
		w, err := f.Read(t.Name)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(t.Name, peftPrefix)
		if len(t.Shape) != 2 {
			return fmt.Errorf("the tensor %q has the shape %v", t.Name, t.Shape)
		}
		p := &llama.Param[float32]{Name: name, Rows: t.Shape[0], Cols: t.Shape[1], W: w}
		if name == "score.weight" {
			a.lora.Score = p
			continue
		}
		if err := a.place(p); err != nil {
			return err
		}
	}
	for i, p := range a.lora.Pairs {
		if p != nil && (p.A == nil || p.B == nil) {
			return fmt.Errorf("module %d has one matrix of two", i)
		}
	}
	a.lora.Targets = ordered(a.lora.Targets)
	return nil
}

// place puts a matrix beside its module.
func (a *Adapter) place(p *llama.Param[float32]) error {
	m := loraKey.FindStringSubmatch(p.Name)
	if m == nil || !slices.Contains(llama.Modules, m[2]) {
		return fmt.Errorf("the tensor %q belongs to no module that is known here", p.Name)
	}
	layer, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	at := layer*len(llama.Modules) + slices.Index(llama.Modules, m[2])
	for len(a.lora.Pairs) <= at {
		a.lora.Pairs = append(a.lora.Pairs, nil)
	}
	if a.lora.Pairs[at] == nil {
		a.lora.Pairs[at] = &llama.Pair[float32]{}
	}
	rank := p.Rows
	if m[3] == "A" {
		a.lora.Pairs[at].A = p
	} else {
		a.lora.Pairs[at].B, rank = p, p.Cols
	}
	if rank != a.lora.Rank {
		return fmt.Errorf("the tensor %q has a rank of %d, not %d", p.Name, rank, a.lora.Rank)
	}
	a.lora.Targets = append(a.lora.Targets, m[2][strings.LastIndexByte(m[2], '.')+1:])
	return nil
}

// on is the adapter for a base, or what does not fit. A nil adapter fits every base.
func (a *Adapter) on(b *Base) (*llama.Adapter[float32], error) {
	if a == nil {
		return nil, nil
	}
	if a.base != "" && a.base != b.Hash() {
		return nil, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the adapter was trained on the base %.12s, not on %.12s", a.base, b.Hash()), Hint: "use it with the base it was trained on"}
	}
	if err := b.same(a.made, "the adapter"); err != nil {
		return nil, err
	}
	c := *a.lora
	want := llama.NewAdapter(b.model, 1, 1, Targets, false, 0).Pairs
	if len(c.Pairs) > len(want) {
		return nil, unfit(fmt.Errorf("it has %d modules, the base %d", len(c.Pairs), len(want)))
	}
	c.Pairs = append(slices.Clone(c.Pairs), make([]*llama.Pair[float32], len(want)-len(c.Pairs))...)
	for i, p := range c.Pairs {
		if p != nil && (p.A.Cols != want[i].A.Cols || p.B.Rows != want[i].B.Rows) {
			return nil, unfit(fmt.Errorf("%s is for %d numbers, the base has %d", p.A.Name, p.A.Cols, want[i].A.Cols))
		}
	}
	if c.Score != nil && (c.Score.Rows != 1 || c.Score.Cols != b.model.Config.Dim) {
		return nil, unfit(fmt.Errorf("its head is for %d numbers, the base has %d", c.Score.Cols, b.model.Config.Dim))
	}
	return &c, nil
}

func unfit(err error) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the adapter does not fit the base", Hint: "use it with the base it was trained on", Err: err}
}

// same refuses tokens that were made otherwise than the base makes them. What does not say how it was made is
// held against the shapes alone.
func (b *Base) same(m Made, what string) error {
	own := b.Made()
	if m.Tokenizer != "" && m.Tokenizer != own.Tokenizer {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s was made with the tokenizer %.12s, the base has %.12s", what, m.Tokenizer, own.Tokenizer), Hint: "make the data again with the base's tokenizer, or take the base it was made for"}
	}
	if m.Template != "" && m.Template != own.Template {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s was made with the chat template %.12s, the base has %.12s", what, m.Template, own.Template), Hint: "make the data again with the base's chat template: answers that do not end come from this"}
	}
	return nil
}
