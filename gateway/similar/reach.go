package similar

import (
	"context"
	"fmt"
	"sync"

	"wenyuan"
	"wenyuan/internal/lang"
)

// contrasts are pairs of questions that one word of meaning parts. How far apart an embedder puts them
// says what its distances are worth: models differ in that by a factor of ten, and one that never
// learned a language puts all of its words in one place.
var contrasts = map[string][]string{
	lang.English: {
		"How do I wash a car?", "How do I wash a dog?",
		"Where is the key kept?", "Where is the report kept?",
		"What does the gardener earn?", "What does the teacher earn?",
		"How long does the soup take?", "How long does the flight take?",
		"Which window is open?", "Which shop is open?",
		"Who repairs the printer?", "Who repairs the roof?",
		"Why is the milk sour?", "Why is the water sour?",
		"When does the train leave?", "When does the guest leave?",
	},
	lang.Chinese: {
		"怎么洗车？", "怎么洗狗？",
		"钥匙放在哪里？", "报告放在哪里？",
		"园丁挣多少钱？", "老师挣多少钱？",
		"煮汤要多久？", "坐飞机要多久？",
		"哪扇窗户开着？", "哪家商店开着？",
		"谁来修打印机？", "谁来修屋顶？",
		"牛奶为什么酸了？", "水为什么酸了？",
		"火车什么时候走？", "客人什么时候走？",
	},
}

// reaches are those of the embedders that were asked, by version and language.
type reaches struct {
	mu    sync.Mutex
	known map[[2]string]float64
}

// mostReaches is how many are held.
const mostReaches = 64

// A quarter of the way to the nearest pair of contrasts a small word is excused.
const partOfContrast = .25

// of is how far two vectors of an embedder may be apart, as 1 minus the cosine, for their questions to
// mean nearly the same: a quarter of the least distance among the contrasts of the language, and
// [mostExcused] at most. 0 where it does not tell the questions of that language apart. It is measured
// once for a version of an embedder.
func (r *reaches) of(ctx context.Context, e wenyuan.Embedder, language string) (float64, error) {
	id := [2]string{e.Version(), language}
	r.mu.Lock()
	reach, ok := r.known[id]
	r.mu.Unlock()
	if ok {
		return reach, nil
	}
	texts := contrasts[language]
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return 0, err
	}
	if len(vectors) != len(texts) {
		return 0, fmt.Errorf("similar: %d vectors for %d texts", len(vectors), len(texts))
	}
	reach = mostExcused
	for i := 0; i < len(vectors); i += 2 {
		reach = min(reach, partOfContrast*(1-cosine(vectors[i], vectors[i+1])))
	}
	if reach < leastReach {
		reach = 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= mostReaches {
		r.known = map[[2]string]float64{}
	}
	r.known[id] = reach
	return reach, nil
}

// leastReach is under what the differences between vectors are noise.
const leastReach = .005
