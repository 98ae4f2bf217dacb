package server

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway/usage"
	"wenyuan/limit"
)

// A usageRequest says what use is asked for.
type usageRequest struct {
	From   string   `query:"from" doc:"first day or time, such as 2026-01-31 or 2026-01-31T14:00:00Z; hours that began then or later"`
	Until  string   `query:"until" doc:"day or time before which the hours began"`
	Model  string   `query:"model"`
	Person string   `query:"person" doc:"name of a person or service"`
	Key    string   `query:"key" doc:"id of a key"`
	By     []string `query:"by" doc:"what is told apart, repeated: day, model, version, person, key, space; day, model and person where it is missing"`
}

type usageList struct {
	Usage []usageSum `json:"usage"`
}

// A usageSum is what was used under the same words; those that were not asked for are left out.
type usageSum struct {
	Day     string `json:"day,omitempty" doc:"UTC"`
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty" doc:"of the model's declaration"`
	Person  string `json:"person,omitempty"`
	Key     string `json:"key,omitempty"`
	Space   string `json:"space,omitempty"`
	usage.Amount
	Money    float64 `json:"money,omitempty" doc:"by the declared price"`
	Currency string  `json:"currency,omitempty"`
}

// usageOf tells what was used of models by plain requests: an owner of the space, an operator of all.
func usageOf(s *Server, r *request, in usageRequest) (out usageList, err error) {
	q := usage.Query{Model: in.Model, Key: in.Key, By: in.By}
	if len(q.By) == 0 {
		q.By = []string{"day", "model", "person"}
	}
	slices.Sort(q.By)
	q.By = slices.Compact(q.By)
	if q.From, err = momentOf("from", in.From); err != nil {
		return out, err
	}
	if q.Until, err = momentOf("until", in.Until); err != nil {
		return out, err
	}
	if in.Person != "" {
		if q.Principal, err = s.limitSubject(r, limit.Person, in.Person); err != nil {
			return out, err
		}
	}
	sums, err := s.Usage.Read(r.Context(), r.scope, q)
	if err != nil {
		return out, err
	}
	names := s.limitNames(r)
	out.Usage = []usageSum{}
	for _, x := range sums {
		o := usageSum{Model: x.Of["model"], Version: x.Of["version"], Key: x.Of["key"], Space: names.name(limit.Space, x.Of["space"]), Amount: x.Amount, Money: float64(x.Money) / limit.Micro, Currency: x.Currency}
		if at, err := strconv.ParseInt(x.Of["day"], 10, 64); err == nil {
			o.Day = time.UnixMicro(at).UTC().Format(time.DateOnly)
		}
		if o.Person = x.Of["person"]; o.Person == auth.Single.ID {
			o.Person = auth.Single.Name
		} else {
			o.Person = names.name(limit.Person, o.Person)
		}
		out.Usage = append(out.Usage, o)
	}
	return out, nil
}

// momentOf reads a day or a time, in UTC; 0 where there is none.
func momentOf(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	day, no := time.Parse(time.DateOnly, text)
	at, err := time.Parse(time.RFC3339, text)
	if cmp.Or(no == nil, err == nil) {
		if no == nil {
			at = day
		}
		return at.UnixMicro(), nil
	}
	return 0, &wenyuan.Error{Code: wenyuan.Invalid, Message: name + " is " + strconv.Quote(text), Hint: "give a day such as 2026-01-31, or a time such as 2026-01-31T14:00:00Z"}
}
