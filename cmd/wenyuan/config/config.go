// Package config reads the settings of the program: flags beat the environment, the
// environment beats the file, the file beats the defaults.
//
// It is strict: an unknown key, a wrong type or a value out of its range is an error with
// its line, and all of them are told at once. It never holds a key to anything: the file
// names the environment variables that do.
package config

import (
	"time"

	"wenyuan/corpus/parse"
)

// A File is everything that can be set. Every key may be left out.
type File struct {
	Listen    string    `yaml:"listen" default:"127.0.0.1:7700" doc:"address the server listens on, HOST:PORT; beyond this machine only with people or keys"`
	Hosts     []string  `yaml:"hosts" doc:"names by which the server is reached, beside localhost and its addresses; without port"`
	Database  string    `yaml:"database" doc:"postgres://USER:PASSWORD@HOST/NAME; SQLite in the data folder where it is empty"`
	Log       Log       `yaml:"log" doc:"what the server writes to standard error"`
	Models    []Model   `yaml:"models" doc:"models by name; the first one that can chat writes the answers, with none they are quoted from the documents"`
	Gateway   Gateway   `yaml:"gateway" doc:"how the models are reached"`
	Embedder  *Embedder `yaml:"embedder" doc:"an embedding model; without one the index learns vectors from the documents themselves"`
	Outbound  []string  `yaml:"outbound" doc:"HOST or HOST:PORT that models may be at; where it is empty, exactly where they are declared"`
	Proxy     string    `yaml:"proxy" doc:"address of an HTTP proxy for models that run outside; proxies from the environment are never used"`
	Corpora   []Corpus  `yaml:"corpora" doc:"what holds for single corpora, whether they are there yet or not"`
	Prompt    string    `yaml:"prompt" doc:"file with the template of what the model is told, relative to this file; the built-in one where it is empty"`
	Keys      []Key     `yaml:"keys" doc:"who may come in; with none, everybody on this machine"`
	PublicURL string    `yaml:"public_url" doc:"how browsers reach this server, such as https://docs.example.com; what each request says where it is empty"`
	SignIn    SignIn    `yaml:"signin" doc:"how people come in"`
	Audit     Audit     `yaml:"audit" doc:"the record of who did what"`
	Limits    Limits    `yaml:"limits" doc:"bounds on what comes from outside"`
}

// Gateway is how the models are reached.
type Gateway struct {
	Region string `yaml:"region" doc:"where this server stands: replicas of the same region are asked first"`
}

// Log is what the server writes.
type Log struct {
	Level  string `yaml:"level" default:"info" enum:"debug,info,warn,error" doc:"the least that is written"`
	Format string `yaml:"format" default:"text" enum:"text,json" doc:"for people or for programs"`
}

// A Model is a model with the servers that run it.
type Model struct {
	Name      string    `yaml:"-" key:"name"`
	Replicas  []Replica `yaml:"replicas" doc:"servers that run the model; each request goes to the one that suits best, and to another when that fails"`
	Fallback  []string  `yaml:"fallback" doc:"models that are asked in this order where no replica can answer and the asker allows it"`
	Context   int       `yaml:"context" doc:"tokens that prompt and answer may have together"`
	Tokenizer string    `yaml:"tokenizer" doc:"engine for the server's own /tokenize, or the name of a tiktoken encoding; tokens are estimated where it is empty"`
	Can       []string  `yaml:"can" doc:"what the model can do: chat, tools, json_schema, judge, embeddings, rerank, moderation; chat where it is missing"`
	Price     *Price    `yaml:"price" doc:"what it costs, for the usage of each answer"`
	Location  string    `yaml:"location" doc:"inside or outside; where it is missing, inside only when every replica is on this machine"`
}

// A Replica is one server of a model.
type Replica struct {
	URL        string `yaml:"url" doc:"address of the server, with or without /v1"`
	Dialect    string `yaml:"dialect" doc:"what it speaks: openai, anthropic, ollama or nli; openai where it is missing"`
	RemoteName string `yaml:"remote_name" doc:"how that server calls the model; the name above where it is empty"`
	KeyEnv     string `yaml:"key_env" doc:"environment variable that holds the key"`

	Weight   float64 `yaml:"weight" doc:"its share of the load beside others; 1 where it is missing"`
	Priority int     `yaml:"priority" doc:"replicas of a lower number are asked first; others when none of these has a place"`
	Region   string  `yaml:"region" doc:"where it stands: those of the server's own region are asked first"`
	Cost     float64 `yaml:"cost" doc:"of a million tokens: of replicas that are equal else, the cheaper one is asked first"`
}

// A Price is what a million tokens cost.
type Price struct {
	Input    float64 `yaml:"input" doc:"for a million tokens of prompt"`
	Output   float64 `yaml:"output" doc:"for a million tokens of answer"`
	Currency string  `yaml:"currency" doc:"such as USD or CNY"`
}

// An Embedder is an embedding model on a server.
type Embedder struct {
	URL      string `yaml:"url" doc:"address of the server, with or without /v1"`
	Model    string `yaml:"model" doc:"how that server calls the model"`
	Dialect  string `yaml:"dialect" doc:"what it speaks: openai or ollama; openai where it is missing"`
	KeyEnv   string `yaml:"key_env" doc:"environment variable that holds the key"`
	Location string `yaml:"location" doc:"inside or outside; where it is missing, inside only on this machine"`
}

// A Corpus is what holds for one corpus.
type Corpus struct {
	Name   string `yaml:"-" key:"name"`
	Closed bool   `yaml:"closed" doc:"nothing of it reaches a model, embedder, reranker or judge that runs outside"`
}

// A Key lets somebody in.
type Key struct {
	Name   string `yaml:"name" doc:"whose it is, for the log"`
	KeyEnv string `yaml:"key_env" doc:"environment variable that holds the key, of 16 characters or more"`
}

// Audit is the record of who did what.
type Audit struct {
	RetentionDays int `yaml:"retention_days" default:"36500" doc:"entries that are older are dropped, and a checkpoint stays; a hundred years by default"`
}

// Limits bound what comes from outside.
type Limits struct {
	FileBytes   Size          `yaml:"file_bytes" default:"100 MiB" doc:"of one document"`
	TextBytes   Size          `yaml:"text_bytes" default:"64 MiB" doc:"of the text extracted from one document"`
	UnpackBytes Size          `yaml:"unpack_bytes" default:"512 MiB" doc:"that a packed document such as DOCX may unpack to"`
	Pages       int           `yaml:"pages" default:"10000" doc:"of a PDF"`
	ParseTime   time.Duration `yaml:"parse_time" default:"2m" doc:"for reading one document"`
	UploadBytes Size          `yaml:"upload_bytes" default:"1 GiB" doc:"of one upload with all its files"`
	Requests    int           `yaml:"requests" default:"64" doc:"worked on at once, beside answers"`
	Answers     int           `yaml:"answers" default:"1000" doc:"answers under way at once; they mostly wait for a model"`
	Waiting     int           `yaml:"waiting" default:"256" doc:"requests that may wait for their turn"`
	WaitTime    time.Duration `yaml:"wait_time" default:"5s" doc:"longest wait for a turn"`
}

// Parse gives the limits of the parsers.
func (l Limits) Parse() parse.Limits {
	return parse.Limits{Bytes: int64(l.FileBytes), Text: int64(l.TextBytes), Expansion: int64(l.UnpackBytes), Pages: l.Pages, Time: l.ParseTime}
}
