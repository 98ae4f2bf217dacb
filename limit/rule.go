package limit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
)

// A Rule is one limit. One that names no subject holds for each of its kind, one by one; a rule
// that names the subject takes its place there.
type Rule struct {
	ID       string
	Space    string // id of the only space in which use counts, whose owners made the rule; "" for the whole house
	Kind     Kind
	Subject  string // id, or name of a model; "" for each of the kind, and for the house
	Resource Resource
	Span     Span
	Soft     int64  // beyond it there is a warning; 0 for none
	Hard     int64  // beyond it there is nothing more; 0 for none
	Currency string // of money
	Created  int64  // UTC microseconds
}

// Bounds of what a rule may say.
const (
	maxAmount  = 1e15   // tokens, requests, or millionths of a currency
	maxSubject = 256    // bytes
	maxRules   = 10_000 // of the whole house
)

// check says what is wrong with a rule.
func (r Rule) check() error {
	bad := func(message, hint string) error {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
	}
	switch {
	case !slices.Contains([]Kind{House, Space, Person, Key, Model}, r.Kind):
		return bad(fmt.Sprintf("a limit cannot be for %q", string(r.Kind)), "one of house, space, person, key, model")
	case !slices.Contains([]Resource{Requests, TokensIn, TokensOut, Money, Concurrency}, r.Resource):
		return bad(fmt.Sprintf("%q cannot be limited", string(r.Resource)), "one of requests, tokens_in, tokens_out, money, concurrency")
	case r.Resource == Concurrency && r.Span != Ongoing:
		return bad("how much runs at once has no span", "write concurrency=4")
	case r.Resource != Concurrency && !slices.Contains([]Span{Minute, Day, Month}, r.Span):
		return bad(fmt.Sprintf("%q is no span of a limit", string(r.Span)), "one of minute, day, month")
	case r.Resource == Money && !currencyName(r.Currency):
		return bad(fmt.Sprintf("%q is no currency", r.Currency), "give it as the model's price has it: USD, CNY")
	case r.Resource != Money && r.Currency != "":
		return bad("only money has a currency", "leave it out")
	case r.Soft < 0 || r.Hard < 0 || r.Soft > maxAmount || r.Hard > maxAmount || r.Soft == 0 && r.Hard == 0:
		return bad("a limit is a number above 0", "give hard, soft or both; to lift a limit remove it")
	case r.Soft > 0 && r.Hard > 0 && r.Soft > r.Hard:
		return bad("the soft limit is above the hard one", "nobody would be warned: give a smaller one")
	case r.Kind == House && (r.Subject != "" || r.Space != ""):
		return bad("there is one house, and no names in it", "leave subject and space out, or limit the space")
	case len(r.Subject) > maxSubject:
		return bad("the name is too long", "give an id, or the name of a model")
	case r.Kind == Space && r.Space != "" && r.Subject != r.Space:
		return bad("a limit within a space is for this space alone", "name the space itself")
	}
	return nil
}

func currencyName(s string) bool {
	return s != "" && len(s) <= 24 && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= '0' && c <= '9' })
}

// Parse reads a limit as it is written on the command line: requests=60/minute,
// tokens_out=100000/day, money=5USD/month, concurrency=4. What it gives has the amount as Hard.
func Parse(text string) (r Rule, err error) {
	bad := &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no limit", text), Hint: "write it as requests=60/minute, tokens_in=100000/day, money=5USD/month or concurrency=4"}
	resource, rest, ok := strings.Cut(text, "=")
	if !ok {
		return r, bad
	}
	amount, span, _ := strings.Cut(rest, "/")
	r = Rule{Resource: Resource(resource), Span: Span(span)}
	if r.Resource == Money {
		i := strings.LastIndexAny(amount, "0123456789.") + 1
		amount, r.Currency = amount[:i], strings.TrimSpace(amount[i:])
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(amount, "_", ""), 64)
	if err != nil {
		bad.Err = err
		return r, bad
	}
	if r.Hard, ok = Units(r.Resource, value); !ok {
		return r, bad
	}
	return r, nil
}

// Units turns an amount as people write it into what is counted: whole numbers, and money in
// millionths. It is not ok for what cannot be counted.
func Units(r Resource, amount float64) (n int64, ok bool) {
	if r == Money {
		amount = math.Round(amount * Micro)
	}
	if !(amount >= 0 && amount <= maxAmount) || amount != math.Trunc(amount) {
		return 0, false
	}
	return int64(amount), true
}

// Amount turns what is counted into what people write.
func Amount(r Resource, n int64) float64 {
	if r == Money {
		return float64(n) / Micro
	}
	return float64(n)
}

// forms say an amount in words, by resource and span.
var forms = map[Resource]map[Span]string{
	Requests:    {Minute: "%s requests a minute", Day: "%s requests a day", Month: "%s requests a month"},
	TokensIn:    {Minute: "%s input tokens a minute", Day: "%s input tokens a day", Month: "%s input tokens a month"},
	TokensOut:   {Minute: "%s output tokens a minute", Day: "%s output tokens a day", Month: "%s output tokens a month"},
	Money:       {Minute: "%s a minute for models", Day: "%s a day for models", Month: "%s a month for models"},
	Concurrency: {Ongoing: "%s at once"},
}

// Words says an amount of what the rule limits: "60 requests a minute".
func (r Rule) Words(n int64) string {
	amount := strconv.FormatFloat(Amount(r.Resource, n), 'f', -1, 64)
	if r.Currency != "" {
		amount += " " + r.Currency
	}
	return fmt.Sprintf(forms[r.Resource][r.Span], amount)
}
