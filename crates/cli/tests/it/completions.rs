use crate::terminal::Terminal;

#[tokio::test]
async fn the_completions_of_a_shell_know_the_whole_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = Terminal::bare().types(&format!("completions {shell}")).await;
        assert_eq!((outcome.code, &*outcome.err), (0, ""));
        assert!(outcome.out.contains("platbook") && outcome.out.contains("smart-assign"), "{shell}");
    }
}
