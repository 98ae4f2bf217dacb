package risk

import "strings"

// surnames are the commonest ones of Chinese, and those of two characters.
const surnames = "张王李赵刘陈杨黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐伍庞尚关司马欧阳诸葛上官慕容楼倪祝柳鲁凌霍翁殷柯"

// foreign are characters that names of other languages are written with.
const foreign = "阿埃艾安奥巴柏班邦鲍贝本比彼宾波伯博勃布策茨达戴丹德邓迪蒂丁杜顿多厄恩尔法凡费芬丰夫弗福盖冈高戈格古哈海汉豪赫亨胡怀惠霍基吉加贾杰金卡凯坎康考柯科克肯库奎昆拉莱赖兰朗劳勒雷里理丽利莉列林琳隆卢鲁伦罗洛马玛麦迈曼毛梅门蒙米密敏明摩莫墨默姆穆娜纳南内尼宁纽努诺帕潘庞佩彭皮珀普齐奇乔切琴丘琼热日荣茹儒瑞若萨赛桑瑟森沙莎山尚绍舍什圣施史舒斯思松苏索塔泰坦汤唐陶特藤提廷图托瓦万旺威韦维温文沃乌伍武希西锡夏香肖歇谢辛欣雄休许雅亚延扬耶叶伊以英尤约泽扎詹珍芝治朱卓佐培蕾娅芭弗兹蒂茱莉薇琪黛妮珊缇婷菲蓓翠莱莲璐"

// named says of a character that is no part of a word whether it belongs to a name: behind a
// surname, or among characters that foreign names are written with.
func named(c cutting, k int) bool {
	in := func(i int, list string) bool {
		return i >= 0 && i < len(c.rs) && c.size[i] == 1 && strings.ContainsRune(list, c.rs[i])
	}
	switch {
	case in(k-1, surnames), k > 1 && c.size[k-1] == 1 && in(k-2, surnames):
		return true
	case k > 1 && c.size[k-1] == 2 && c.first[k-1] == k-2 && (strings.ContainsRune(surnames, c.rs[k-2])):
		return true
	}
	return in(k, foreign) && (in(k-1, foreign) || in(k+1, foreign))
}
