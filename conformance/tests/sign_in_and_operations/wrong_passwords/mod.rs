//! Wrong passwords: nobody learns whether an account exists, and nobody guesses faster than the rule allows.

mod audit;
mod given_back;
mod input;
mod limits;
mod parallel;
mod same_answer;
mod sent_again;
mod waiting;
