package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wenyuan"
)

// A Method is what a run optimises.
type Method string

// The methods.
const (
	// SFT lowers the cross entropy of the tokens that are to be learned.
	SFT Method = "sft"
	// DPO raises the chosen answer over the rejected one, relative to the reference, which
	// is what the run starts from (Rafailov et al. 2023, arXiv:2305.18290, equation 7).
	DPO Method = "dpo"
	// Reward trains a scalar head on the last token by Bradley and Terry's model (Ouyang et
	// al. 2022, arXiv:2203.02155, equation 1).
	Reward Method = "reward"
	// Pretrain lowers the cross entropy of every token and moves all weights.
	Pretrain Method = "pretrain"
)

// pairs says whether the method learns from a chosen and a rejected answer.
func (m Method) pairs() bool { return m == DPO || m == Reward }

// Targets that a LoRA adapter may stand on: the names of the linear modules of a layer, as
// PEFT writes them.
var Targets = []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}

// Defaults, used where a Spec holds 0. Rank and alpha are those of the LoRA paper's usual
// setting (Hu et al. 2021, arXiv:2106.09685); the decay of both moments is the one common
// for language models (Touvron et al. 2023, arXiv:2307.09288); beta is that of the DPO paper.
const (
	DefaultRank       = 16
	DefaultLR         = 2e-4
	DefaultBeta       = 0.1
	DefaultClip       = 1.0
	DefaultBeta1      = 0.9
	DefaultBeta2      = 0.95
	DefaultEps        = 1e-8
	DefaultSeqLen     = 512
	DefaultCheckpoint = 50
	// DefaultChosenDrop is by how many nats the held chosen answers may become less likely
	// than under the reference before a run is stopped.
	DefaultChosenDrop = 100.0
	// DefaultMargin is the mean margin, beta times the difference of the log ratios, beyond
	// which a run has left the region where the data says anything.
	DefaultMargin = 50.0
)

// Limits of a Spec.
const (
	maxRank   = 1024
	maxSeqLen = 1 << 17
	maxRows   = 1 << 14
	maxSteps  = 100_000_000
)

// A Spec says how to train. The zero value of a field takes its default; Normal fills them in.
type Spec struct {
	Method Method `json:"method"`

	// LoRA. With Full, all weights move and the others are not looked at. Pretrain is full.
	Full    bool     `json:"full,omitempty"`
	Rank    int      `json:"rank,omitempty"`    // 1 to 1024; default 16
	Alpha   float64  `json:"alpha,omitempty"`   // the update is scaled by Alpha/Rank; default 2 x Rank
	Targets []string `json:"targets,omitempty"` // of Targets; default all

	// Steps and their data. A step sees Batch x Accumulate rows; a row is packed with samples
	// of at most SeqLen tokens together. Give Steps, or Epochs, or both: the first one reached ends the run.
	SeqLen     int     `json:"seq_len,omitempty"`    // tokens a row; default 512
	Batch      int     `json:"batch,omitempty"`      // rows that are computed together; default 1
	Accumulate int     `json:"accumulate,omitempty"` // batches a step; default 1
	Steps      int     `json:"steps,omitempty"`
	Epochs     float64 `json:"epochs,omitempty"` // default 1 when Steps is 0
	Seed       uint64  `json:"seed,omitempty"`

	// The optimiser is AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101).
	LR          float64 `json:"lr,omitempty"`           // the highest learning rate; default 2e-4
	MinLR       float64 `json:"min_lr,omitempty"`       // what the schedule ends at; default 0
	Schedule    string  `json:"schedule,omitempty"`     // cosine (default), linear or constant
	Warmup      int     `json:"warmup,omitempty"`       // steps of linear rise
	WeightDecay float64 `json:"weight_decay,omitempty"` // default 0
	Beta1       float64 `json:"beta1,omitempty"`
	Beta2       float64 `json:"beta2,omitempty"`
	Eps         float64 `json:"eps,omitempty"`
	Clip        float64 `json:"clip,omitempty"` // of the gradient's norm; default 1, negative never

	// DPO.
	Beta float64 `json:"beta,omitempty"` // how far the policy may leave the reference; default 0.1
	NLL  float64 `json:"nll,omitempty"`  // weight of the chosen answers' cross entropy beside the preference loss; default 0

	Checkpoint int       `json:"checkpoint,omitempty"` // steps between checkpoints; default 50
	Budget     Budget    `json:"budget,omitzero"`
	Early      EarlyStop `json:"early_stop,omitzero"`
	Kill       Kill      `json:"kill,omitzero"`
}

// A Budget ends a run, which then has a result like any other. 0 is no bound.
type Budget struct {
	Time   time.Duration `json:"time,omitempty"`   // of this and all resumed parts of the run; in JSON a text such as "30m"
	Tokens int64         `json:"tokens,omitempty"` // trained on
}

// An EarlyStop looks at the held-out set and ends a run that no longer gets better; the
// weights of the best look are the result. Every 0 looks only at the end.
type EarlyStop struct {
	Every    int     `json:"every,omitempty"`    // steps between looks
	Patience int     `json:"patience,omitempty"` // looks without a better loss before the end; 0 never ends
	Delta    float64 `json:"delta,omitempty"`    // by how much a loss must fall to be better
}

// Kill says what ends a run as failed. A loss or gradient that is no number always does.
type Kill struct {
	ChosenDrop float64 `json:"chosen_drop,omitempty"` // nats; default 100, negative never
	Margin     float64 `json:"margin,omitempty"`      // default 50, negative never
}

// Normal is the Spec with its defaults filled in, or what is wrong with it.
func (s Spec) Normal() (Spec, error) {
	if s.Method == Pretrain {
		s.Full = true
	}
	fill(&s.LR, DefaultLR)
	fill(&s.Beta1, DefaultBeta1)
	fill(&s.Beta2, DefaultBeta2)
	fill(&s.Eps, DefaultEps)
	fill(&s.Clip, DefaultClip)
	fill(&s.Beta, DefaultBeta)
	fill(&s.SeqLen, DefaultSeqLen)
	fill(&s.Batch, 1)
	fill(&s.Accumulate, 1)
	fill(&s.Checkpoint, DefaultCheckpoint)
	fill(&s.Kill.ChosenDrop, DefaultChosenDrop)
	fill(&s.Kill.Margin, DefaultMargin)
	fill(&s.Schedule, "cosine")
	if s.Steps == 0 {
		fill(&s.Epochs, 1)
	}
	if s.Full {
		s.Rank, s.Alpha, s.Targets = 0, 0, nil
	} else {
		fill(&s.Rank, DefaultRank)
		fill(&s.Alpha, 2*float64(s.Rank))
		s.Targets = ordered(s.Targets)
	}
	return s, s.wrong()
}

// fill gives a field its default where it holds nothing.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// ordered are the targets without repetition, in the order of Targets, so that two specs
// that say the same are the same; unknown ones stay, for wrong to name.
func ordered(targets []string) []string {
	if len(targets) == 0 {
		return slices.Clone(Targets)
	}
	at := func(t string) int {
		if i := slices.Index(Targets, t); i >= 0 {
			return i
		}
		return len(Targets)
	}
	all := slices.Clone(targets)
	slices.SortFunc(all, func(a, b string) int {
		if d := at(a) - at(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(all)
}

// wrong names the first field that cannot be.
func (s Spec) wrong() error {
	between := func(name string, v, low, high float64) error {
		if math.IsNaN(v) || v < low || v > high {
			return invalid("%s is %v: want %v to %v", name, v, low, high)
		}
		return nil
	}
	if !slices.Contains([]Method{SFT, DPO, Reward, Pretrain}, s.Method) {
		return invalid("method is %q: want sft, dpo, reward or pretrain", s.Method)
	}
	if !slices.Contains([]string{"cosine", "linear", "constant"}, s.Schedule) {
		return invalid("schedule is %q: want cosine, linear or constant", s.Schedule)
	}
	for _, t := range s.Targets {
		if !slices.Contains(Targets, t) {
			return invalid("targets names %q: want some of %s", t, strings.Join(Targets, ", "))
		}
	}
	if s.Full && s.Method == Reward {
		return invalid("method is %q: it trains an adapter and a head, not all weights", s.Method)
	}
	low := 1.0
	if s.Full {
		low = 0
	}
	for _, err := range []error{
		between("rank", float64(s.Rank), low, maxRank), between("alpha", s.Alpha, 0, 1e6),
		between("seq_len", float64(s.SeqLen), 2, maxSeqLen), between("batch", float64(s.Batch), 1, maxRows),
		between("accumulate", float64(s.Accumulate), 1, maxRows), between("steps", float64(s.Steps), 0, maxSteps),
		between("epochs", s.Epochs, 0, 1e6), between("lr", s.LR, 0, 1), between("min_lr", s.MinLR, 0, s.LR),
		between("warmup", float64(s.Warmup), 0, maxSteps), between("weight_decay", s.WeightDecay, 0, 1),
		between("beta1", s.Beta1, 0, 0.99999), between("beta2", s.Beta2, 0, 0.99999999), between("eps", s.Eps, 1e-15, 1),
		between("beta", s.Beta, 1e-6, 100), between("nll", s.NLL, 0, 1e6), between("checkpoint", float64(s.Checkpoint), 1, maxSteps),
		between("early_stop.every", float64(s.Early.Every), 0, maxSteps), between("early_stop.patience", float64(s.Early.Patience), 0, maxSteps),
		between("early_stop.delta", s.Early.Delta, 0, 1e9), between("budget.tokens", float64(s.Budget.Tokens), 0, 1e18),
		between("budget.time", s.Budget.Time.Seconds(), 0, 1e9),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// invalid is what is wrong with a Spec.
func invalid(form string, args ...any) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the training file: %s", fmt.Sprintf(form, args...)), Hint: "correct the field that is named"}
}
