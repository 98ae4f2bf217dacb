package cache

import (
	"context"
	"encoding/json"
	"slices"

	"wenyuan"
)

// An Engine is where all servers of the house look for answers. It is safe for concurrent use; what
// is in it may be lost at any time. The suite of the package cachetest says what it has to do.
type Engine interface {
	Name() string // "database", "redis"

	// Get finds an entry that has not ended; nil where there is none. One that cannot be read is none.
	Get(ctx context.Context, space string, key Key) (*Entry, error)

	// Put keeps entries until they end, in the place of those with the same keys. What has ended is not kept.
	Put(ctx context.Context, all ...*Entry) error

	// Drop forgets an entry, if it is there.
	Drop(ctx context.Context, space string, key Key) error

	// Purge forgets all entries that a purge is about, and says how many.
	Purge(ctx context.Context, p Purge) (int64, error)
}

// A Purge says which entries are to be forgotten.
type Purge struct {
	Space string `json:"space,omitempty" doc:"name of the space; all spaces where it is empty"`
	Kind  string `json:"kind,omitempty" doc:"document, prompt, assistant or model; everything where it is empty"`
	Name  string `json:"name,omitempty" doc:"id of the document, or name of the prompt, assistant or model"`

	More []string `json:"more,omitempty" doc:"further documents, in order; together with Name"`
}

// The kinds of a Purge.
const (
	OfDocument  = "document"
	OfPrompt    = "prompt"
	OfAssistant = "assistant"
	OfModel     = "model"
)

// Check says what is wrong with a purge.
func (p Purge) Check() error {
	switch p.Kind {
	case "":
		if p.Name != "" {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a name is given, but not of what", Hint: "document, prompt, assistant or model"}
		}
	case OfDocument, OfPrompt, OfAssistant, OfModel:
		if p.Name == "" {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "it is not said which " + p.Kind + " it is about", Hint: "name one"}
		}
	default:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "answers are not kept by " + p.Kind, Hint: "document, prompt, assistant or model"}
	}
	return nil
}

// About says whether a purge is about an entry.
func (p Purge) About(e *Entry) bool {
	if p.Space != "" && p.Space != e.Space {
		return false
	}
	switch p.Kind {
	case "":
		return true
	case OfModel:
		return e.Model == p.Name
	case OfDocument:
		for _, m := range e.Made {
			if _, more := slices.BinarySearch(p.More, m.Document); more || m.Document == p.Name {
				return true
			}
		}
		return false
	}
	for _, s := range e.Sources {
		if s.Kind == p.Kind && s.Name == p.Name {
			return true
		}
	}
	return false
}

// MaxData is how many bytes an entry may have as [Encode] writes it: an answer and what JSON makes of it.
const MaxData = 4 * mostKept

// Encode writes an entry as an engine keeps it: JSON.
func Encode(e *Entry) ([]byte, error) { return json.Marshal(e) }

// Decode reads what [Encode] wrote. What is no entry of this space and key, or has no end, is an error:
// who can write to the engine must not be able to break a server.
func Decode(space string, key Key, data []byte) (*Entry, error) {
	bad := &wenyuan.Error{Code: wenyuan.Unavailable, Message: "what the shared cache holds is no answer", Hint: "purge the cache; somebody else may be writing to it"}
	if len(data) > MaxData {
		return nil, bad
	}
	e := &Entry{}
	if err := json.Unmarshal(data, e); err != nil {
		bad.Err = err
		return nil, bad
	}
	n := len(e.Chunks)
	if e.Space != space || n == 0 || !endsWell(e.Chunks[n-1].Finish) || e.Created > e.Fresh || e.Fresh > e.Ends {
		return nil, bad
	}
	e.Key = key
	e.size = e.measured()
	return e, nil
}
