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
	Region   string        `yaml:"region" doc:"where this server stands: replicas of the same region are asked first"`
	Limit    Count         `yaml:"limit" doc:"requests at once that each replica is given; 0 finds it from how long they take"`
	Affinity bool          `yaml:"affinity" default:"true" doc:"a request goes to the replica that has seen the beginning of its prompt lately, unless that one has more to do than the others"`
	Hedging  bool          `yaml:"hedging" default:"true" doc:"a request for a short answer is asked of a second replica too where the first is slower than nearly all answers are; one in twenty at most"`
	Pause    time.Duration `yaml:"pause" default:"5s" doc:"shortest silence in the middle of an answer after which it is given up; longer where the model's own pauses are, and 30 s until they are known"`
	Queue    Queue         `yaml:"queue" doc:"who waits for a place at a model"`
	Cache    Cache         `yaml:"cache" doc:"answers that are given again"`
	Drift    Drift         `yaml:"drift" doc:"how the replicas of a model are compared with one another"`

	Telemetry Telemetry `yaml:"telemetry" doc:"traces for a collector of OpenTelemetry"`
}

// Telemetry is where traces are sent.
type Telemetry struct {
	Endpoint   string  `yaml:"endpoint" doc:"address of the collector, which takes OTLP over HTTP in JSON, such as http://127.0.0.1:4318; nothing is sent where it is empty"`
	HeadersEnv string  `yaml:"headers_env" doc:"environment variable with headers for the collector: NAME=VALUE, several with commas between them"`
	Sample     float64 `yaml:"sample" default:"1" doc:"share of the requests that are traced, 0 to 1; those that come with a sampled trace are in any case"`
	Service    string  `yaml:"service_name" default:"wenyuan" doc:"name of this server in the traces"`
}

// Drift is how replicas that are not as the others are found.
type Drift struct {
	Every   Most   `yaml:"every" default:"200" doc:"of how many deterministic requests (temperature 0 or a seed) one is asked of a second replica too, once it was answered; -1 for none"`
	Minute  int    `yaml:"minute" default:"6" doc:"such requests of one model in a minute at most"`
	Differs string `yaml:"differs" default:"flag" enum:"flag,out" doc:"what becomes of a replica whose server says that it runs another model, quantisation or chat template than most: it is shown, or gets no requests"`
}

// Cache is what is kept of answers.
type Cache struct {
	Memory    Room    `yaml:"memory" default:"64 MiB" doc:"that answers may take in memory; 0 for none"`
	Share     int     `yaml:"share" default:"100" doc:"percent of the memory that one space may take, 1 to 100; where it is full, the space that holds most gives way first"`
	Keep      Span    `yaml:"keep" default:"10m" doc:"how long an answer of a plain model may be given again; 0 shares it only with identical requests under way"`
	Shared    string  `yaml:"shared" default:"auto" enum:"auto,database,redis,off" doc:"where all servers of the house look for answers; auto is the database where it is PostgreSQL, else nowhere"`
	RedisEnv  string  `yaml:"redis_env" doc:"environment variable with the address of Redis or Valkey: redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS"`
	WrongHits float64 `yaml:"wrong_hits" default:"0.01" doc:"share of the answers to questions that mean the same that may be wrong, over 0 and below 1"`
}

// Queue is the queue before each model.
type Queue struct {
	Places Most          `yaml:"places" default:"8192" doc:"people and services that may wait for one model, and half as many of batch beside them; fewer where more could not be served in time; -1 where nobody is to wait"`
	Wait   time.Duration `yaml:"wait" default:"1m" doc:"longest wait of who names no deadline; while more come than leave it is kept under the time that the model takes for one answer"`
}

// Log is what the server writes.
type Log struct {
	Level    string `yaml:"level" default:"info" enum:"debug,info,warn,error" doc:"the least that is written"`
	Format   string `yaml:"format" default:"text" enum:"text,json" doc:"for people or for programs"`
	Requests bool   `yaml:"requests" default:"true" doc:"a line for each request"`
}

// A Model is a model with the servers that run it.
type Model struct {
	Name      string    `yaml:"-" key:"name"`
	Replicas  []Replica `yaml:"replicas" doc:"servers that run the model; each request goes to the one that suits best, and to another when that fails"`
	Engine    *Engine   `yaml:"engine" doc:"a program that the server starts, watches, scales and stops, and that runs the model on this machine"`
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
	Priority Count   `yaml:"priority" doc:"replicas of a lower number are asked first; others when none of these has a place"`
	Region   string  `yaml:"region" doc:"where it stands: those of the server's own region are asked first"`
	Cost     float64 `yaml:"cost" doc:"of a million tokens: of replicas that are equal else, the cheaper one is asked first"`
	Adapters string  `yaml:"adapters" doc:"how the server is given adapters that training made while it runs: vllm; it gets none where it is missing"`
}

// An Engine is a program that runs a model on this machine.
type Engine struct {
	Command    []string      `yaml:"command" doc:"program and arguments; {port} is the port that it is to listen on at 127.0.0.1, {n} the number of the instance from 0"`
	Adapter    []string      `yaml:"adapter" doc:"arguments more with which it runs the model with an adapter that training made; {adapter} is the file (GGUF), {peft} the folder (PEFT), {name} a name that belongs to this adapter alone; --lora {adapter} for llama-server where it is missing, and none for another program"`
	Dir        string        `yaml:"dir" doc:"folder that it runs in, as a whole path; that of the server where it is empty"`
	Env        []string      `yaml:"env" doc:"names of variables of the server that it gets, beside PATH, HOME, TMPDIR and LANG"`
	Min        Count         `yaml:"min" doc:"instances that always run; with 0, the first request waits until one has started"`
	Max        int           `yaml:"max" doc:"instances that may run at once; 1, or min, where it is missing"`
	Idle       time.Duration `yaml:"idle" doc:"after which an instance is stopped that is not needed; 10m where it is missing"`
	Ready      string        `yaml:"ready" doc:"path that answers with 200 once it can be asked; /health where it is missing, /api/version for Ollama"`
	StartTime  time.Duration `yaml:"start_time" doc:"until it has to be ready; 2m where it is missing"`
	StopTime   time.Duration `yaml:"stop_time" doc:"between the request to end and the end by force; 10s where it is missing"`
	Dialect    string        `yaml:"dialect" doc:"what it speaks: openai, anthropic, ollama or nli; openai where it is missing"`
	RemoteName string        `yaml:"remote_name" doc:"how it calls the model; the name above where it is empty"`
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
	Answers     int           `yaml:"answers" default:"20000" doc:"answers under way at once, those included that wait in the queue of a model; a bound for memory"`
	Questions   Count         `yaml:"questions" default:"0" doc:"questions of assistants that are searched for and looked at at once, before a model is asked; others wait in turn, or are told at once when to come again; 0 for 32 per processor, 64 at least"`
	Waiting     int           `yaml:"waiting" default:"256" doc:"requests that may wait for their turn"`
	WaitTime    time.Duration `yaml:"wait_time" default:"5s" doc:"longest wait for a turn"`
}

// Parse gives the limits of the parsers.
func (l Limits) Parse() parse.Limits {
	return parse.Limits{Bytes: int64(l.FileBytes), Text: int64(l.TextBytes), Expansion: int64(l.UnpackBytes), Pages: l.Pages, Time: l.ParseTime}
}
