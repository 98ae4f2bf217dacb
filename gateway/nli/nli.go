// Package nli asks a small classifier of entailment for a second opinion: does this evidence
// carry that claim? The endpoint is that of Hugging Face's text-embeddings-inference with a
// model of three labels (entailment, neutral, contradiction) or of two (entailment,
// not_entailment).
//
// It never lets the server cut what is too long: half of the evidence gives another verdict.
package nli

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// A Client is one classifier on one server. It is safe for concurrent use.
type Client struct {
	s       *wire.Server
	address string
}

// New makes the client of a classifier. It does not reach out.
func New(c wire.Config) *Client {
	s := wire.NewServer(c, "nli", func(h http.Header, key string) {
		if key != "" {
			h.Set("Authorization", "Bearer "+key)
		}
	})
	return &Client{s, wire.Root(c.URL, "/predict") + "/predict"}
}

// Close lets idle connections go. A request after it still works.
func (m *Client) Close() { m.s.Close() }

type request struct {
	Inputs   [][2]string `json:"inputs"` // premise and hypothesis
	Truncate bool        `json:"truncate"`
}

type prediction struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Judge says how far evidence carries a claim. Errors are those of [wire.Server.Post];
// TooLarge where the two are longer than the classifier reads.
func (m *Client) Judge(ctx context.Context, evidence, claim string) (wenyuan.Opinion, error) {
	k, err := m.s.Post(ctx, m.address, request{Inputs: [][2]string{{evidence, claim}}})
	if err != nil {
		return wenyuan.Opinion{}, err
	}
	defer k.End()
	var body []json.RawMessage
	if err := k.Whole(&body); err != nil {
		return wenyuan.Opinion{}, err
	}
	var found []prediction
	if len(body) == 1 && len(body[0]) > 0 && body[0][0] == '[' { // of a batch of one
		err = k.Decode(body[0], &found)
	} else {
		found = make([]prediction, len(body))
		for i := range body {
			if err = k.Decode(body[i], &found[i]); err != nil {
				break
			}
		}
	}
	if err != nil {
		return wenyuan.Opinion{}, err
	}
	o, err := opinion(found)
	if err != nil {
		return wenyuan.Opinion{}, k.Rubbish(err)
	}
	return o, nil
}

// opinion reads the labels, however the model's makers wrote them.
func opinion(found []prediction) (o wenyuan.Opinion, err error) {
	var entails, other bool
	sum := 0.0
	for _, p := range found {
		if math.IsNaN(p.Score) || p.Score < 0 || p.Score > 1 {
			return o, fmt.Errorf("a score of %v", p.Score)
		}
		sum += p.Score
		switch label := strings.ToLower(p.Label); {
		case strings.HasPrefix(label, "entail"):
			o.Entailed, entails = p.Score, true
		case strings.HasPrefix(label, "contradict"):
			o.Contradicted, other = p.Score, true
		case strings.HasPrefix(label, "neutral"), strings.HasPrefix(label, "not_entail"), strings.HasPrefix(label, "not entail"):
			other = true
		default:
			return o, fmt.Errorf("the label %q, which is none of entailment, neutral and contradiction", p.Label)
		}
	}
	if !entails || !other || math.Abs(sum-1) > 0.01 {
		return o, fmt.Errorf("%d labels whose scores add up to %.3f", len(found), sum)
	}
	return o, nil
}

var _ wenyuan.Judge = (*Client)(nil)
