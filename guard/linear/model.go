package linear

import (
	"math"
)

// A Source is a set that a model was trained on.
type Source struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Licence string `json:"licence"`
	Rows    int    `json:"rows"`
}

// A Head says what a model is and where it comes from. It lies in front of the weights, as
// JSON.
type Head struct {
	Name       string    `json:"name"`
	Classes    []string  `json:"classes"`
	Options    Options   `json:"options"`
	Bias       []float64 `json:"bias"`                 // of each class
	Scale      []float64 `json:"scale"`                // what a weight of 1 stands for
	Thresholds []float64 `json:"thresholds,omitempty"` // of each class, set by who calibrated it
	Sources    []Source  `json:"sources,omitempty"`
	Examples   int       `json:"examples"`
	Positive   []int     `json:"positive"` // examples of each class
	Seed       uint64    `json:"seed"`
}

// A Model scores texts. It is safe for use by several goroutines.
type Model struct {
	Head
	weights []int8 // places × classes
}

// markValue is what a mark counts; the places of a text share a length of 1.
const markValue = 0.25

// Score returns how likely each class is, 0 to 1, appended to dst. The features must have
// been extracted with the model's Options.
func (m *Model) Score(f *Features, dst []float64) []float64 {
	for c := range m.Classes {
		dst = append(dst, sigmoid(m.margin(f, c)))
	}
	return dst
}

// margin adds whole numbers only until the end, so that it is the same on every machine.
func (m *Model) margin(f *Features, class int) float64 {
	width, sum, marks := len(m.Classes), 0, 0
	if width == 1 {
		for _, p := range f.places {
			sum += int(m.weights[p])
		}
	} else {
		for _, p := range f.places {
			sum += int(m.weights[int(p)*width+class])
		}
	}
	for _, p := range f.marks {
		marks += int(m.weights[int(p)*width+class])
	}
	x := float64(float64(sum)*norm(len(f.places))) + float64(float64(marks)*markValue)
	return float64(x*m.Scale[class]) + m.Bias[class]
}

func norm(n int) float64 { return 1 / math.Sqrt(float64(max(n, 1))) }

// sigmoid is 1/(1+e^-x).
func sigmoid(x float64) float64 { return 1 / (1 + exp(-x)) }

// exp is e^x by halving the argument to within 1/32 and squaring a Taylor sum back. The
// library's differs in its last bit between machines, which training would carry on. Wrong
// by less than 1e-12 of the value.
func exp(x float64) float64 {
	x = min(max(x, -40), 40)
	x /= 2048
	sum, term := 1.0, 1.0
	for i := 1.0; i < 7; i++ {
		term = float64(term*x) / i
		sum += term
	}
	for range 11 {
		sum = float64(sum * sum)
	}
	return sum
}

// Logit is the log of the odds of a score, which is taken to lie at least a millionth from 0 and 1.
func Logit(score float64) float64 {
	score = min(max(score, 1e-6), 1-1e-6)
	return math.Log(score / (1 - score))
}

// Moved is a score whose log odds are greater by so much. By -Logit(threshold) a threshold comes to
// stand at 0.5.
func Moved(score, by float64) float64 { return 1 / (1 + math.Exp(-Logit(score)-by)) }
