// Package engine trains language models of the Llama family on the processor it runs on, in
// this program: from a base and tokenised samples to an adapter (LoRA) or new weights, by
// supervised fine-tuning, direct preference optimisation, a reward model, or pretraining for
// tiny bases. It generates and scores with what it trained, and writes it out for others to serve.
//
// It knows nothing of documents, people or databases: samples come in as tokens, metrics and
// files go out. What a stranger would break is exactness: the order of the data is a function
// of the seed and a number, sums are made in one order whatever the number of workers, and a
// run that was killed and resumed ends with the same bits.
//
// It is useful up to some half a billion parameters; 7 B are not trained on a processor.
package engine

import (
	"context"
	"time"
)

// A Sample is one text as tokens. It is seen from its own beginning, whatever else stands in
// its row: positions start at 0 and it attends to itself alone.
type Sample struct {
	Tokens []int32
	Learn  []bool // which tokens are to be predicted from those before them; the first never is. nil: all
}

// Data is a set of samples by number. It is read from several goroutines.
type Data interface {
	// Len is how many samples there are.
	Len() int
	// Size is how many tokens At gives, without reading them: it is asked for every sample before a run.
	Size(i int) int
	// At reads sample i: one Sample for SFT and Pretrain, two (chosen, rejected) for DPO and Reward.
	At(i int) ([]Sample, error)
	// Hash names the content: a run is resumed only over the same.
	Hash() string
}

// Made says by what a text was made into tokens; see [tokens.Tokenizer.Hash]. Data made by
// another tokenizer or chat template than the base's is refused; an empty hash is held against nothing, as data that is
// no conversation has no template.
type Made struct {
	Tokenizer string `json:"tokenizer"`
	Template  string `json:"template"`
}

// Sets is what a run learns from and is looked at with.
type Sets struct {
	Train Data
	Held  Data // held out; nil: nothing is held out
	Made  Made // of both
}

// Metrics is one step, or one look at the held-out set.
type Metrics struct {
	Step     int           `json:"step"`  // steps done
	Steps    int           `json:"steps"` // of how many
	Epoch    float64       `json:"epoch"`
	Held     bool          `json:"held,omitempty"` // a look at the held-out set
	Loss     float64       `json:"loss"`           // nats; per learned token for SFT and Pretrain, per pair otherwise
	LR       float64       `json:"lr,omitempty"`
	GradNorm float64       `json:"grad_norm,omitempty"` // before clipping
	Tokens   int64         `json:"tokens"`              // trained on so far
	Rate     float64       `json:"rate,omitempty"`      // tokens a second, of this step
	Elapsed  time.Duration `json:"elapsed"`             // of all parts of the run

	// DPO and Reward. Log-probabilities are means of sums over the learned tokens.
	Accuracy float64 `json:"accuracy,omitempty"`  // share of pairs whose chosen answer is ahead
	Margin   float64 `json:"margin,omitempty"`    // by how much, in units of the loss
	Chosen   float64 `json:"chosen,omitempty"`    // log-probability of the chosen answers
	Rejected float64 `json:"rejected,omitempty"`  // log-probability of the rejected answers
	ChosenBy float64 `json:"chosen_by,omitempty"` // Chosen less what the reference gives them
}

// A Sink takes metrics while a run goes on; it is called from one goroutine and holds the run up.
type Sink func(Metrics)

// An End is why a run ended with a result.
type End string

// The ends.
const (
	Finished  End = "finished"
	OutOfTime End = "budget_time"
	OutOfText End = "budget_tokens"
	NoBetter  End = "early_stop"
)

// A Result is what a run made.
type Result struct {
	Adapter *Adapter // nil after Full and Pretrain
	Base    *Base    // the new weights after Full and Pretrain; nil otherwise
	End     End
	Steps   int
	Tokens  int64
	Fill    float64 // how full the packed rows are, 0 to 1
	TooLong int     // samples that were left out because they are longer than a row; none for Pretrain, which cuts them
	Last    Metrics // of the last step
	Held    Metrics // the best look at the held-out set; zero where there is none
}

// A Run is where and with what a Spec is carried out.
type Run struct {
	Spec    Spec
	Base    *Base
	From    *Adapter // to go on from; nil: from the base. For DPO it is the reference too
	Sets    Sets
	Dir     string // of the checkpoints; made where it is missing. Empty: no checkpoints, no resume
	Workers int    // goroutines; 0: as many as processors. The result does not depend on it
	Sink    Sink   // nil: nobody looks
}

// Do trains until an end or ctx is done; then it leaves a checkpoint and gives ctx's error.
// A Dir with a checkpoint of the same run is gone on from; of another run, it is refused.
func (r Run) Do(ctx context.Context) (*Result, error) { return r.do(ctx) }
