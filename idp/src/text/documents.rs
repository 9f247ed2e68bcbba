//! 服務條款 and 隱私權政策: those that come with the program (`documents/`), or the operator's own (setting `membership.documents`).
//!
//! A document is a text file: a line `version: 2026-11-22`, then headings (`# …`) with their paragraphs, an empty line between them.
//! Both languages of a document have one version: it is what a person agrees to, in whichever language.

use super::Language;
use std::path::Path;

/// A document that people agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreedTo {
    /// 服務條款.
    Terms,
    /// 隱私權政策.
    Privacy,
}

impl AgreedTo {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Terms, Self::Privacy];

    /// As stored, and how its file is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }

    const fn of_the_program(self, lang: Language) -> &'static str {
        match (self, lang) {
            (Self::Terms, Language::ZhTw) => include_str!("documents/terms.zh-Hant-TW.md"),
            (Self::Terms, Language::En) => include_str!("documents/terms.en.md"),
            (Self::Privacy, Language::ZhTw) => include_str!("documents/privacy.zh-Hant-TW.md"),
            (Self::Privacy, Language::En) => include_str!("documents/privacy.en.md"),
        }
    }
}

/// The longest file, in bytes.
const LONGEST: usize = 256 * 1024;
/// The longest version, in characters.
const LONGEST_VERSION: usize = 40;

/// What a document says in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its version, which is also its date as a rule.
    pub version: String,
    /// What it says.
    pub sections: Vec<Section>,
}

/// A heading with its paragraphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// The paragraphs.
    pub paragraphs: Vec<String>,
}

/// Every document in every language.
#[derive(Clone, Debug)]
pub struct Documents(Vec<(AgreedTo, Language, Document)>);

impl Documents {
    /// Those that come with the program.
    ///
    /// # Errors
    /// Never, as a test holds; in words for who changes them.
    pub fn of_the_program() -> Result<Self, String> {
        Self::each(|which, lang| Ok(which.of_the_program(lang).to_owned()))
    }

    /// The operator's: `terms.zh-Hant-TW.md`, `terms.en.md`, `privacy.zh-Hant-TW.md`, `privacy.en.md` of a folder.
    ///
    /// # Errors
    /// Which file is wrong, and what to do.
    pub fn of_folder(folder: &Path) -> Result<Self, String> {
        Self::each(|which, lang| {
            let path = folder.join(file_name(which, lang));
            std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))
        })
    }

    fn each(text: impl Fn(AgreedTo, Language) -> Result<String, String>) -> Result<Self, String> {
        let mut all: Vec<(AgreedTo, Language, Document)> = Vec::new();
        for which in AgreedTo::ALL {
            for lang in Language::ALL {
                let read = read(&text(which, lang)?).map_err(|why| format!("{}: {why}", file_name(which, lang)))?;
                if let Some((_, _, other)) =
                    all.iter().find(|(known, _, other)| *known == which && other.version != read.version)
                {
                    return Err(format!(
                        "{}: version {} here and {} in the other language: what people agree to has one version",
                        file_name(which, lang),
                        read.version,
                        other.version
                    ));
                }
                all.push((which, lang, read));
            }
        }
        Ok(Self(all))
    }

    /// What a document says. `None` does not happen: all were read.
    pub fn of(&self, which: AgreedTo, lang: Language) -> Option<&Document> {
        let mut all = self.0.iter();
        all.find(|(known, language, _)| (*known, *language) == (which, lang)).map(|(_, _, document)| document)
    }

    /// The version that holds now, of each document.
    pub fn versions(&self) -> impl Iterator<Item = (AgreedTo, &str)> {
        let first = self.0.iter().filter(|(_, lang, _)| *lang == Language::ZhTw);
        first.map(|(which, _, document)| (*which, document.version.as_str()))
    }

    /// The same in one line, for the page on which people agree: what it sends back says what was shown.
    pub fn in_force(&self) -> String {
        let each: Vec<_> = self.versions().map(|(which, version)| format!("{} {version}", which.as_str())).collect();
        each.join(", ")
    }
}

fn file_name(which: AgreedTo, lang: Language) -> String {
    format!("{}.{}.md", which.as_str(), lang.tag())
}

fn read(text: &str) -> Result<Document, String> {
    if text.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let version = lines.next().and_then(|line| line.strip_prefix("version:")).map(str::trim).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    if version.is_empty() || version.len() > LONGEST_VERSION || !version.chars().all(plain) {
        return Err(
            "the first line says which version it is, such as `version: 2026-11-22` (letters, digits, .-_)".into()
        );
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut goes_on = false;
    for line in lines.map(str::trim) {
        if let Some(heading) = line.strip_prefix("# ") {
            sections.push(Section { heading: heading.trim().to_owned(), paragraphs: Vec::new() });
            goes_on = false;
        } else if line.is_empty() {
            goes_on = false;
        } else {
            let section = sections.last_mut().ok_or("a heading (`# …`) stands before the first paragraph")?;
            match section.paragraphs.last_mut() {
                Some(paragraph) if goes_on => join(paragraph, line),
                _ => section.paragraphs.push(line.to_owned()),
            }
            goes_on = true;
        }
    }
    if sections.is_empty() || sections.iter().any(|section| section.paragraphs.is_empty()) {
        return Err("each heading (`# …`) has a paragraph, and there is one at least".into());
    }
    Ok(Document { version: version.to_owned(), sections })
}

/// Lines of one paragraph: between words of the Latin alphabet there is a space, between Chinese characters none.
fn join(paragraph: &mut String, line: &str) {
    let wide = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    if !wide(paragraph.chars().next_back()) && !wide(line.chars().next()) {
        paragraph.push(' ');
    }
    paragraph.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_the_program_can_be_read() {
        let documents = Documents::of_the_program().expect("documents");
        for which in AgreedTo::ALL {
            let sections = Language::ALL.map(|lang| documents.of(which, lang).expect("a document").sections.len());
            assert_eq!(sections[0], sections[1], "both languages say the same");
        }
        assert_eq!(documents.versions().count(), 2);
    }

    #[test]
    fn paragraphs_are_put_together_from_their_lines() {
        let read =
            read("\u{feff}version: 7.1\n\n# 標題 A\n第一行\n第二行\n\none\ntwo\n# B\n\nthree\n").expect("a document");
        let section = |heading: &str, paragraphs: &[&str]| Section {
            heading: heading.into(),
            paragraphs: paragraphs.iter().map(|text| (*text).into()).collect(),
        };
        let sections = vec![section("標題 A", &["第一行第二行", "one two"]), section("B", &["three"])];
        assert_eq!(read, Document { version: "7.1".into(), sections });
    }

    #[test]
    fn what_is_wrong_with_a_document_is_said() {
        let long = "version: 1\n# A\n".to_owned() + &"a".repeat(LONGEST);
        for (text, says) in [
            ("", "version"),
            ("# A\nb", "version"),
            ("version:\n# A\nb", "version"),
            ("version: 1 2\n# A\nb", "version"),
            ("version: 1", "paragraph"),
            ("version: 1\nb", "heading"),
            ("version: 1\n# A\n# B\nc", "paragraph"),
            (long.as_str(), "longer"),
        ] {
            let why = read(text).expect_err(text.get(..20).unwrap_or(text));
            assert!(why.contains(says), "{why}");
        }
        let two = |_: AgreedTo, lang| Ok(format!("version: {lang:?}\n# A\nb"));
        assert!(Documents::each(two).expect_err("two versions").contains("one version"));
    }
}
