package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/store"
)

// maxClaims is how many groups a provider may name of one person.
const maxClaims = 10_000

// errAccount refuses who may not come in, by whatever way they try.
var errAccount = &wenyuan.Error{Code: wenyuan.Denied, Message: "this account may not come in", Hint: "ask an operator of this server"}

// Provisioned is what a sign-in provider, or SCIM, says of somebody.
type Provisioned struct {
	Source        string // name of the provider; what it says of groups is kept under it
	External      string // who it is there; never empty
	Name          string // wished for; where it is taken, a number is put behind it
	Email         string
	EmailVerified bool     // an account with that e-mail is taken for the same person
	Groups        []string // by their external name, or by name
	KeepGroups    bool     // the provider says nothing of groups: they stay
	MakeGroups    bool     // groups that are not there are made
	Space, Role   string   // what somebody new gets; "" for no space
}

// external is how an account is marked as the provider's.
func (p Provisioned) external() string { return p.Source + "|" + p.External }

// Provision finds who a provider speaks of, by its id there and then by a verified e-mail, or
// adds them, and puts them into the groups that it names in place of those it named
// before. An e-mail that is not verified is not kept: rules name people by it. Whoever is disabled is Denied.
func (d *Directory) Provision(ctx context.Context, p Provisioned) (Account, error) {
	if err := p.check(); err != nil {
		return Account{}, err
	}
	var id string
	var unfit []string
	err := d.store.Write(ctx, func(tx *store.Tx) error {
		changed := false
		var err error
		if id, err = p.find(ctx, tx); err != nil {
			return err
		}
		if id == "" {
			if id, err = d.welcome(ctx, tx, p); err != nil {
				return err
			}
		} else if changed, err = p.update(ctx, tx, id); err != nil {
			return err
		}
		joined := false
		if !p.KeepGroups {
			if joined, unfit, err = p.join(ctx, tx, id); err != nil {
				return err
			}
		}
		if !changed && !joined {
			return nil
		}
		if err := Changed(ctx, tx, ChangedPerson, id); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Action: "person.change", Object: id, Detail: map[string]any{"by": p.Source, "groups": len(p.Groups)}})
	})
	if err != nil {
		return Account{}, err
	}
	if len(unfit) > 0 {
		d.log.WarnContext(ctx, "groups that a provider names were not made: their names cannot be names here", "provider", p.Source, "groups", unfit[:min(len(unfit), 10)], "count", len(unfit))
	}
	return d.account(ctx, id)
}

func (p *Provisioned) check() (err error) {
	switch {
	case p.Source == "" || p.Source == byHand || p.External == "" || len(p.external()) > maxExternal || strings.Contains(p.Source, "|"):
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the provider does not say who it speaks of", Hint: "look at the settings of the sign-in provider"}
	case len(p.Groups) > maxClaims:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the provider names %d groups of one person", len(p.Groups)), Hint: "have it name up to 10000: those that matter here"}
	case p.Space != "" && p.Role != "" && roleOf(p.Role) == 0:
		return checkRole(p.Role)
	}
	if !p.EmailVerified {
		p.Email = ""
	}
	p.Email, err = cleanEmail(p.Email)
	return err
}

// find looks for the account; "" where there is none yet.
func (p Provisioned) find(ctx context.Context, tx *store.Tx) (id string, err error) {
	var disabled bool
	var external string
	err = tx.QueryRow(ctx, `SELECT id, disabled FROM person WHERE external = $1`, p.external()).Scan(&id, &disabled)
	if errors.Is(err, sql.ErrNoRows) && p.Email != "" {
		err = tx.QueryRow(ctx, `SELECT id, disabled, external FROM person WHERE email = $1 AND kind = 'person'`, p.Email).Scan(&id, &disabled, &external)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("auth: look for an account: %w", err)
	case disabled, strings.HasPrefix(external, p.Source+"|"): // an e-mail that has gone over to somebody else brings no account with it
		return "", errAccount
	}
	return id, nil
}

// welcome adds somebody new.
func (d *Directory) welcome(ctx context.Context, tx *store.Tx, p Provisioned) (id string, err error) {
	n := NewPerson{Kind: Person, Email: p.Email, External: p.external(), Space: p.Space, Role: p.Role}
	if n.Name, err = freeName(ctx, tx, p); err != nil {
		return "", err
	}
	if n.Email != "" && checkFree(ctx, tx, "", n.Email, n.Email) != nil {
		n.Email = "" // somebody has it for a name
	}
	if err := n.clean(); err != nil {
		return "", err
	}
	return d.insertPerson(ctx, tx, n)
}

// freeName makes a name that nobody has of what the provider says.
func freeName(ctx context.Context, tx *store.Tx, p Provisioned) (string, error) {
	local, _, _ := strings.Cut(p.Email, "@")
	name := "person"
	for _, wish := range []string{p.Name, local, p.External} {
		if made := nameOf(wish); made != "" {
			name = made
			break
		}
	}
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try += " " + strconv.Itoa(n)
		}
		if n > 100 {
			try = name + " " + store.NewID("per")
		}
		err := checkFree(ctx, tx, "", Fold(try), Fold(try))
		if err == nil || wenyuan.CodeOf(err) != wenyuan.Conflict {
			return try, err
		}
	}
}

// nameOf makes a name of a text; "" where nothing is left of it.
func nameOf(text string) string {
	text = strings.Map(func(r rune) rune {
		if unprintable(r) || strings.ContainsRune(parting, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxName/2 {
		text = strings.TrimSpace(string(r[:maxName/2]))
	}
	return text
}

// update takes over what a provider says of somebody who is there. Their name stays: rules may use it.
func (p Provisioned) update(ctx context.Context, tx *store.Tx, id string) (changed bool, err error) {
	var email, external string
	if err := tx.QueryRow(ctx, `SELECT email, external FROM person WHERE id = $1`, id).Scan(&email, &external); err != nil {
		return false, fmt.Errorf("auth: read an account: %w", err)
	}
	before := email + "\n" + external
	if external == "" {
		external = p.external()
	}
	if p.Email != "" && p.Email != email && external == p.external() {
		switch err := checkFree(ctx, tx, id, p.Email, p.Email); wenyuan.CodeOf(err) {
		case wenyuan.Conflict: // somebody else has it
		default:
			if err != nil {
				return false, err
			}
			email = p.Email
		}
	}
	if before == email+"\n"+external {
		return false, nil
	}
	_, err = tx.Exec(ctx, `UPDATE person SET email = $2, external = $3, updated = $4 WHERE id = $1`, id, email, external, tx.Now)
	if err != nil {
		return false, fmt.Errorf("auth: change an account: %w", err)
	}
	return true, nil
}
