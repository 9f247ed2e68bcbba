//! The tables as diesel knows them. A test holds that they agree with what the migrations make.

diesel::table! { schema_info (one) { one -> BigInt, version -> BigInt, serves_from -> BigInt, } }
diesel::table! { directory_version (one) { one -> BigInt, version -> BigInt, codes_from -> BigInt, } }
diesel::table! { job_turns (job) { job -> Text, next_at -> BigInt, } }
diesel::table! { secrets (name) { name -> Text, wrapped -> Binary, } }
diesel::table! {
    sealing_keys (id) {
        id -> Text,
        wrapped -> Binary,
        is_current -> Bool,
        created_at -> BigInt,
        superseded_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        state -> Text,
        state_at -> BigInt,
        ready_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        public_jwk -> Text,
        private_wrapped -> Nullable<Binary>,
        created_at -> BigInt,
    }
}
diesel::table! {
    agencies (oid) {
        oid -> Text,
        name -> Text,
        org_code -> Nullable<Text>,
        dn -> Nullable<Text>,
        zip -> Nullable<Text>,
        address -> Nullable<Text>,
        phone -> Nullable<Text>,
        url -> Nullable<Text>,
        imported_at -> BigInt,
    }
}
diesel::table! {
    accounts (id) {
        id -> Text,
        account_key -> Text,
        account -> Text,
        name -> Text,
        email -> Nullable<Text>,
        email_verified -> Bool,
        state -> Text,
        password_hash -> Text,
        security_epoch -> BigInt,
        capacity_epoch -> BigInt,
        national_id_sealed -> Nullable<Binary>,
        national_id_index -> Nullable<Binary>,
        national_id_verified -> Bool,
        claims_sealed -> Nullable<Binary>,
        created_at -> BigInt,
        updated_at -> BigInt,
        leaves_at -> Nullable<BigInt>,
    }
}
diesel::table! { former_accounts (name_digest) { name_digest -> Binary, } }
diesel::table! {
    email_changes (account_id) {
        account_id -> Text,
        email -> Text,
        security_epoch -> BigInt,
        asked_at -> BigInt,
        expires_at -> BigInt,
    }
}
diesel::table! { former_emails (account_id) { account_id -> Text, email -> Nullable<Text>, changed_at -> BigInt, } }
diesel::table! { account_roles (account_id, role) { account_id -> Text, role -> Text, } }
diesel::table! {
    capacities (account_id) { account_id -> Text, agency_oid -> Text, official_type -> Text, since -> BigInt, }
}
diesel::table! {
    clients (id) { id -> Text, document -> Text, secrets_sealed -> Binary, created_at -> BigInt, updated_at -> BigInt, }
}
diesel::table! {
    sessions (id) {
        id -> Text,
        secret_hash -> Binary,
        account_id -> Text,
        security_epoch -> BigInt,
        auth_time -> BigInt,
        acr -> Text,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    grants (id) {
        id -> Text,
        account_id -> Text,
        session_id -> Text,
        client_id -> Text,
        scope -> Text,
        offline -> Bool,
        security_epoch -> BigInt,
        capacity_epoch -> BigInt,
        auth_time -> BigInt,
        acr -> Text,
        generation -> BigInt,
        refreshed_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    consents (account_id, client_id) {
        account_id -> Text,
        client_id -> Text,
        scope -> Text,
        told_at -> Nullable<BigInt>,
        withdrawn_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    password_attempts (name_digest) { name_digest -> Binary, failures -> BigInt, not_before -> BigInt, last_at -> BigInt, }
}
diesel::table! {
    outbox (id) {
        id -> Text,
        kind -> Text,
        client_id -> Text,
        account_id -> Text,
        session_id -> Nullable<Text>,
        attempts -> BigInt,
        not_before -> BigInt,
        leased_until -> BigInt,
        finished_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}
diesel::table! {
    audit (id) {
        id -> Text,
        event -> Text,
        account_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    registration_tokens (id) {
        id -> Text,
        digest -> Binary,
        note -> Text,
        profile -> Text,
        uses -> BigInt,
        used -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    registrations (client_id) {
        client_id -> Text,
        access_digest -> Binary,
        registration_token -> Nullable<Text>,
        registered_at -> BigInt,
    }
}
diesel::table! { pictures (name) { name -> Text, png -> Binary, } }
diesel::table! {
    client_logos (client_id, uri) {
        client_id -> Text,
        uri -> Text,
        picture -> Nullable<Text>,
        failures -> BigInt,
        next_try_at -> Nullable<BigInt>,
        tried_at -> Nullable<BigInt>,
        problem -> Nullable<Text>,
    }
}
diesel::table! {
    messages (id) {
        id -> Text,
        channel -> Text,
        purpose -> Text,
        account_id -> Text,
        language -> Text,
        recipient_sealed -> Nullable<Binary>,
        content_sealed -> Nullable<Binary>,
        attempts -> BigInt,
        not_before -> BigInt,
        leased_until -> BigInt,
        finished_at -> Nullable<BigInt>,
        state -> Text,
        detail -> Nullable<Text>,
    }
}
diesel::table! {
    recovery (account_id) {
        account_id -> Text,
        question_sealed -> Nullable<Binary>,
        answer_hash -> Nullable<Text>,
        mobile_sealed -> Nullable<Binary>,
        mobile_index -> Nullable<Binary>,
        updated_at -> BigInt,
        hint_changed_at -> Nullable<BigInt>,
        mobile_changed_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    reset_codes (id) { id -> Text, tries -> BigInt, used_at -> Nullable<BigInt>, mobile_index -> Nullable<Binary>, }
}
diesel::table! {
    agreements (account_id, document, version) { account_id -> Text, document -> Text, version -> Text, agreed_at -> BigInt, }
}
diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    account_roles,
    audit,
    capacities,
    agencies,
    sessions,
    grants,
    consents,
    registrations
);
diesel::allow_tables_to_appear_in_same_query!(messages, reset_codes);
diesel::allow_tables_to_appear_in_same_query!(recovery, reset_codes);
diesel::allow_tables_to_appear_in_same_query!(recovery, accounts);
diesel::allow_tables_to_appear_in_same_query!(messages, accounts);
diesel::allow_tables_to_appear_in_same_query!(pictures, client_logos);

#[cfg(test)]
pub(crate) mod tests;
