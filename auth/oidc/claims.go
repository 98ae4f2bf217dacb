package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"

	"wenyuan"
)

// Bounds on what a provider says of a person.
const (
	maxGroups  = 5000
	maxClaim   = 400             // bytes of a name, an address or a group
	futureSkew = 5 * time.Minute // by which its clock may be ahead of ours
)

// algorithms are how a token may be signed: with the provider's own key. none is no signature, and
// HS256 would be signed with a secret that both sides know.
var algorithms = []string{coreos.RS256, coreos.RS384, coreos.RS512, coreos.ES256, coreos.ES384, coreos.ES512, coreos.PS256, coreos.PS384, coreos.PS512, coreos.EdDSA}

// claims are what we read of an ID token.
type claims struct {
	Azp       string                     `json:"azp"`
	Preferred string                     `json:"preferred_username"`
	Email     string                     `json:"email"`
	Verified  flag                       `json:"email_verified"`
	Sources   map[string]json.RawMessage `json:"_claim_names"`
}

// A flag is true or "true": some providers write it as text.
type flag bool

// UnmarshalJSON reads either; anything else is false.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true" || string(b) == `"true"`
	return nil
}

// verify says who an ID token speaks of (OpenID Connect Core 1.0, 3.1.3.7).
func (t *party) verify(ctx context.Context, d *discovery, raw, nonce string) (Person, error) {
	if raw == "" {
		return Person{}, t.distrusted(errors.New("there is no ID token in the answer"))
	}
	token, err := d.provider.VerifierContext(ctx, &coreos.Config{ClientID: t.ClientID, SupportedSigningAlgs: algorithms, Now: t.now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, t.distrusted(err)
	}
	var c claims
	all := map[string]json.RawMessage{}
	if err := errors.Join(token.Claims(&c), token.Claims(&all)); err != nil {
		return Person{}, t.distrusted(err)
	}
	switch {
	case token.Nonce != nonce:
		err = errors.New("the nonce is not ours")
	case c.Azp != "" && c.Azp != t.ClientID, c.Azp == "" && len(token.Audience) > 1:
		err = fmt.Errorf("it was given out for %.200q, and for %d", c.Azp, len(token.Audience))
	case token.Subject == "" || len(token.Subject) > maxClaim:
		err = errors.New("there is no subject")
	case token.IssuedAt.After(t.now().Add(futureSkew)):
		err = fmt.Errorf("it was given out at %s", token.IssuedAt)
	}
	if err != nil {
		return Person{}, t.distrusted(err)
	}
	return t.person(token.Subject, c, all)
}

func (t *party) person(subject string, c claims, all map[string]json.RawMessage) (Person, error) {
	who := Person{Provider: t.Provider, Subject: subject, Name: c.Preferred}
	if len(c.Email) <= maxClaim && bool(c.Verified) {
		who.Email = c.Email
	}
	for _, name := range []string{c.Preferred, who.Email, subject} {
		if name != "" && len(name) <= maxClaim {
			who.Name = name
			break
		}
	}
	if !t.welcomes(who.Email) {
		return Person{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "your e-mail address is not one of those that may come in here", Hint: "sign in with an address of your house that the provider has verified"}
	}
	var err error
	if who.Groups, err = groupsOf(all[t.GroupsClaim]); err != nil {
		return Person{}, t.distrusted(fmt.Errorf("%s: %w", t.GroupsClaim, err))
	}
	_, elsewhere := c.Sources[t.GroupsClaim]
	who.Elsewhere = elsewhere && who.Groups == nil
	return who, nil
}

// welcomes says whether an address is of one of the domains, where there are any.
func (t *party) welcomes(email string) bool {
	if len(t.Domains) == 0 {
		return true
	}
	_, domain, ok := strings.Cut(strings.ToLower(email), "@")
	return ok && slices.ContainsFunc(t.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// groupsOf reads a claim that is a list, or one name. A claim of which a part cannot be read is
// refused: who is in a group must not depend on how long a list is.
func groupsOf(raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var all []string
	if err := json.Unmarshal(raw, &all); err != nil {
		var one string
		if json.Unmarshal(raw, &one) != nil {
			return nil, errors.New("want a text or a list of texts")
		}
		all = []string{one}
	}
	if len(all) > maxGroups {
		return nil, fmt.Errorf("there are %d groups, more than %d", len(all), maxGroups)
	}
	for _, g := range all {
		if len(g) > maxClaim {
			return nil, fmt.Errorf("the name of a group has %d bytes", len(g))
		}
	}
	all = slices.DeleteFunc(all, func(g string) bool { return g == "" })
	return slices.Compact(slices.Sorted(slices.Values(all))), nil
}
