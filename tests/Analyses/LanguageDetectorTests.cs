namespace Assay;

public sealed class LanguageDetectorTests
{
    [Theory]
    [InlineData("en", "Please summarize the attached report and tell me which of the numbers changed most.")]
    [InlineData("en", "Why does my bicycle squeak when it rains, and how can I fix that at home?")]
    [InlineData("de", "Fasse den Bericht zusammen und nenne mir die drei wichtigsten Zahlen.")]
    [InlineData("de", "Warum quietscht mein Fahrrad, wenn es regnet, und was kann ich dagegen machen?")]
    [InlineData("fr", "Résume ce rapport et dis-moi quels sont les chiffres les plus importants.")]
    [InlineData("es", "Resume este informe y dime cuáles son las cifras más importantes del año.")]
    [InlineData("it", "Riassumi questa relazione e dimmi quali sono i numeri più importanti dell'anno.")]
    [InlineData("pt", "Resuma este relatório e diga quais são os números mais importantes do ano.")]
    [InlineData("nl", "Vat dit verslag samen en vertel me wat de belangrijkste cijfers van het jaar zijn.")]
    [InlineData("pl", "Streść ten raport i powiedz mi, które liczby są w tym roku najważniejsze.")]
    [InlineData("tr", "Bu raporu özetle ve bana yılın en önemli rakamlarının hangileri olduğunu söyle.")]
    [InlineData("sv", "Sammanfatta rapporten och berätta vilka siffror som är viktigast i år.")]
    [InlineData("da", "Opsummer rapporten, og fortæl mig, hvilke tal der er de vigtigste i år.")]
    [InlineData("cs", "Shrň tuto zprávu a řekni mi, která čísla jsou letos nejdůležitější.")]
    [InlineData("fi", "Tiivistä tämä raportti ja kerro, mitkä luvut ovat tänä vuonna tärkeimpiä.")]
    [InlineData("ro", "Rezumă acest raport și spune-mi care sunt cele mai importante cifre ale anului.")]
    [InlineData("hu", "Foglald össze ezt a jelentést, és mondd meg, melyek az év legfontosabb számai.")]
    [InlineData("vi", "Hãy tóm tắt báo cáo này và cho tôi biết những con số quan trọng nhất trong năm.")]
    [InlineData("id", "Ringkas laporan ini dan beri tahu saya angka mana yang paling penting tahun ini.")]
    [InlineData("ru", "Сделай краткое изложение отчёта и скажи, какие цифры самые важные.")]
    [InlineData("uk", "Зроби короткий виклад звіту і скажи, які цифри є найважливішими цього року.")]
    [InlineData("bg", "Обобщи този доклад и ми кажи кои числа са най-важни през годината.")]
    [InlineData("ar", "لخص هذا التقرير وأخبرني ما هي أهم الأرقام في هذا العام.")]
    [InlineData("fa", "این گزارش را خلاصه کنید و بگویید مهم‌ترین عددهای امسال کدام‌اند.")]
    [InlineData("ja", "このレポートを要約して、重要な数字を三つ教えてください。")]
    [InlineData("zh", "请总结这份报告，并告诉我今年最重要的三个数字。")]
    [InlineData("ko", "이 보고서를 요약하고 가장 중요한 숫자 세 개를 알려 주세요.")]
    [InlineData("hi", "इस रिपोर्ट का सारांश लिखें और सबसे महत्वपूर्ण संख्याएँ बताएँ।")]
    [InlineData("el", "Κάνε μια περίληψη της αναφοράς και πες μου τους πιο σημαντικούς αριθμούς.")]
    [InlineData("he", "סכם את הדוח ואמור לי מהם המספרים החשובים ביותר השנה.")]
    [InlineData("th", "สรุปรายงานนี้และบอกตัวเลขที่สำคัญที่สุดสามตัว")]
    public void A_sentence_tells_its_language(string code, string text)
    {
        var detected = LanguageDetector.Detect(text);

        Assert.Equal(code, detected.Code);
        Assert.InRange(detected.Confidence, 0.5, 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n\t ")]
    [InlineData("12345 67890 !!")]
    [InlineData("ok")]
    [InlineData("📎🙂👍")]
    public void Too_little_text_is_undetermined(string text) =>
        Assert.Equal(DetectedLanguage.Undetermined, LanguageDetector.Detect(text));

    [Fact]
    public void Code_and_placeholders_do_not_count_as_language()
    {
        const string text = """
            Erkläre mir bitte, was diese Funktion macht und warum sie so langsam ist: {{the_customer_message}}

            ```
            public static string ReadTheWholeFileAndReturnTheLines(string path) => throw new NotSupportedException();
            ```
            """;

        Assert.Equal("de", PromptText.Read(text).Detected.Code);
    }

    [Fact]
    public void A_little_japanese_among_ideographs_is_japanese() =>
        Assert.Equal("ja", LanguageDetector.Detect("東京都の人口推移を分析し、結果を報告する。").Code);
}
