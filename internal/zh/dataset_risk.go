package zh

// risky are the reasons why a sample should be looked at before anybody learns from it.
var risky = []pair{
	{"A string of characters by chance was appended.", "末尾加了一串随机字符。"},
	{"A sentence that says nothing was appended.", "末尾加了一句不说明任何事的话。"},
	{"One phrase is repeated over and over.", "同一句话反复出现。"},
	{"Characters of words were tampered with.", "词中的字符被动过手脚。"},
	{"Letters are disguised: by such that look alike, or with characters that show nothing.", "字符经过伪装：换成了相似的字符，或夹带了看不见的字符。"},
	{"Words are rarer than people use them; they may stand for others.", "用词比常人少见，可能是替换来的。"},
	{"The text speaks to the model instead of asking it.", "文字在对模型发号施令，而不是提问。"},
	{"One person gave many samples that are nearly equal.", "同一个人给出了许多几乎相同的样本。"},
	{"A phrase of the text goes with one label far more often than chance allows.", "文中有一个短语，与某一标注同现的次数远超偶然。"},
	{"An equal sample has the opposite label.", "有一条相同的样本，标注却相反。"},
	{"The better answer and the worse one are the same.", "较好的回答与较差的回答相同。"},
	{"name the folder of the measuring data with -data", "请用 -data 指明测量数据所在的文件夹"},
}
