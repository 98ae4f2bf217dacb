// Command dex runs Dex, a provider of OpenID Connect, with everything in memory, for tests.
//
// Dex is the real one, as its own command runs it; that command is not used because it wants a C
// compiler for a database that no test needs, and because its own lists of people have no groups.
// It is a module of its own, so that nothing of Dex is among what the program is built from. The
// settings are JSON in the file that it is given; it serves until it is killed.
package main

import (
	"context"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/dexidp/dex/connector"
	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"github.com/dexidp/dex/web"
	"github.com/prometheus/client_golang/prometheus"
)

// settings are what a test asks for.
type settings struct {
	Listen  string           `json:"listen"`
	Issuer  string           `json:"issuer"`
	Clients []storage.Client `json:"clients"`
	People  people           `json:"people"`
	Lasting time.Duration    `json:"lasting"` // of tokens, in nanoseconds; a day where it is 0
}

// A person signs in with a name and a password.
type person struct {
	Name     string   `json:"name"`
	Password string   `json:"password"`
	ID       string   `json:"id"`
	Email    string   `json:"email"`
	Verified bool     `json:"verified"`
	Groups   []string `json:"groups"`
}

type people []person

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: dex SETTINGS.json")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var s settings
	if err := json.Unmarshal(text, &s); err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(context.Background(), s))
}

func serve(ctx context.Context, s settings) error {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	server.ConnectorsConfig["people"] = func() server.ConnectorConfig { return s.People }
	kept := storage.WithStaticClients(memory.New(logger), s.Clients)
	kept = storage.WithStaticConnectors(kept, []storage.Connector{{ID: "people", Type: "people", Name: "People"}})
	h, err := server.NewServer(ctx, server.Config{
		Issuer: s.Issuer, Storage: kept, SkipApprovalScreen: true, IDTokensValidFor: s.Lasting, Logger: logger,
		Web: server.WebConfig{WebFS: web.FS()}, PrometheusRegistry: prometheus.NewRegistry(),
	})
	if err != nil {
		return err
	}
	return (&http.Server{Addr: s.Listen, Handler: h, ReadHeaderTimeout: 10 * time.Second}).ListenAndServe()
}

// Open makes the connector, as Dex asks for it.
func (p people) Open(string, *slog.Logger) (connector.Connector, error) { return p, nil }

// Prompt is what the field for the name is called.
func (people) Prompt() string { return "Name" }

// Login looks for who has the name and the password.
func (p people) Login(_ context.Context, s connector.Scopes, name, password string) (connector.Identity, bool, error) {
	for _, x := range p {
		if x.Name == name && x.Password == password {
			return connector.Identity{UserID: x.ID, Username: x.Name, PreferredUsername: x.Name, Email: x.Email, EmailVerified: x.Verified, Groups: x.Groups}, true, nil
		}
	}
	return connector.Identity{}, false, nil
}

var _ connector.PasswordConnector = people(nil)
