import type { KnownServer } from './mcp-servers.shape.ts';

/** Code hosts, clouds, operations, the web. Source: the servers' own tool lists. */
export const engineeringServers: readonly KnownServer[] = [
  {
    id: 'github',
    named: 'github, git hub, github copilot',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      write: create_or_update_file merge_pull_request fork_repository mark_all_notifications_read
        dismiss_notification issue_write sub_issue_write label_write projects_write update_pull_request_branch
        star_repository create_repository create_branch
      send: push_files submit_pending_pull_request_review pull_request_review_write add_issue_comment
        add_reply_to_pull_request_comment create_gist update_gist
      execute: request_copilot_review assign_copilot_to_issue create_pull_request_with_copilot run_workflow
        rerun_workflow_run rerun_failed_jobs cancel_workflow_run actions_run_trigger
      read: run_secret_scanning get_me get_teams get_team_members
      read sensitive: get_secret_scanning_alert list_secret_scanning_alerts
      delete: delete_file delete_workflow_run_logs
      read untrusted: issue_read pull_request_read projects_get projects_list actions_get actions_list
      configure: manage_notification_subscription manage_repository_notification_subscription
    `,
  },
  {
    id: 'gitlab',
    named: 'gitlab, git lab',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      write: merge_merge_request create_or_update_file fork_repository accept_draft_merge_request
      send: push_files create_note create_merge_request_thread
      execute: execute_graphql create_pipeline retry_pipeline play_pipeline_job
    `,
  },
  {
    id: 'bitbucket',
    named: 'bitbucket, azure devops, ado, gitea, forgejo, gerrit',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      write: bb_post bb_put bb_patch
      delete: bb_delete
      read untrusted: bb_get
      receive untrusted: bb_clone
    `,
  },
  {
    id: 'datadog',
    named: `
      datadog, new relic, newrelic, honeycomb, dynatrace, splunk, sumo logic, logz, axiom, betterstack,
      coralogix, signoz
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      configure weakens: create_downtime mute_host schedule_downtime
      configure: unmute_host
      read untrusted: search_datadog_logs run_nrql_query execute_splunk_query
      write: create_monitor
    `,
  },
  {
    id: 'sentry',
    named: 'sentry, rollbar, bugsnag, honeybadger, raygun',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      read untrusted: analyze_issue_with_seer search_events get_issue_details
      grant: create_dsn
      write: create_project update_issue
      read sensitive: find_dsns
      read: whoami
    `,
  },
  {
    id: 'pagerduty',
    named: 'pagerduty, pager duty, opsgenie, incident, rootly, firehydrant, squadcast, statuspage',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      send: create_incident add_responders
      write: manage_incidents create_schedule_override add_note_to_incident
      configure: update_oncall_schedule
    `,
  },
  {
    id: 'grafana',
    named: 'grafana, prometheus, loki, victoriametrics, tempo',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      write: update_dashboard create_alert_rule
      read untrusted: query_loki_logs
      read: query_prometheus execute_query execute_range_query
      delete weakens: delete_alert_rule
      configure weakens: create_silence
    `,
  },
  {
    id: 'fetch',
    named: 'fetch, web fetch, http, rest, requests, curl, openapi, graphql',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      receive untrusted: fetch fetch_html fetch_json fetch_txt fetch_markdown
      send untrusted: http_request test_request
    `,
  },
  {
    id: 'search',
    named: `
      brave, brave search, tavily, exa, perplexity, serper, serpapi, kagi, duckduckgo, google search, web
      search, websearch, searxng, you, jina, linkup, omnisearch, bing
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      receive untrusted: brave_web_search brave_local_search tavily-search tavily-extract tavily-crawl
        web_search_exa crawling_exa perplexity_ask perplexity_research perplexity_reason perplexity_search
        read_url search_web
    `,
  },
  {
    id: 'firecrawl',
    named: 'firecrawl, apify, bright data, brightdata, scrapingbee, oxylabs, crawl4ai, scraper, agentql, zyte',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      receive untrusted: firecrawl_scrape firecrawl_map firecrawl_crawl firecrawl_search firecrawl_extract
        firecrawl_deep_research scrape_as_markdown search_engine
    `,
  },
  {
    id: 'context7',
    named: `
      context7, context 7, deepwiki, gitmcp, ref, docs, aws docs, aws documentation, microsoft learn, ms
      learn, cloudflare docs, mdn, devdocs, astro docs, mintlify
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      read untrusted: resolve-library-id get-library-docs query-docs read_wiki_structure read_wiki_contents
        ask_question read_documentation search_documentation
      read: recommend
    `,
  },
  {
    id: 'aws',
    named: `
      aws, amazon web services, cloudformation, ecs, eks, lambda, cloudwatch, s3, iam, aws api, aws core, aws
      knowledge
    `,
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      execute: call_aws run_script
      read: suggest_aws_commands create_template prompt_understanding
      write: create_resource update_resource
      delete irreversible: delete_resource
      read sensitive: get_resource
      read untrusted: execute_log_insights_query
      grant: attach_user_policy create_access_key
    `,
  },
  {
    id: 'gcp',
    named: 'gcp, gcloud, google cloud, cloud run, gke, vertex',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      execute: run_gcloud_command deploy_local_folder deploy_file_contents deploy_container_image
      read untrusted: get_service_log
    `,
  },
  {
    id: 'azure',
    named: 'azure, az, entra, microsoft graph, graph',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      execute: azmcp-extension-az azmcp-extension-azd execute_azure_cli_command
      read sensitive: azmcp-keyvault-secret-get
      write: azmcp-keyvault-secret-create microsoft_graph_post
      read: azmcp-role-assignment-list
      send: azmcp-storage-blob-upload
    `,
  },
  {
    id: 'cloudflare',
    named: `
      cloudflare, fastly, akamai, bunny, digitalocean, digital ocean, hetzner, linode, vultr, scaleway, ovh,
      porkbun, namecheap, godaddy, route53
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      delete: kv_namespace_delete hyperdrive_config_delete purge_cache
      execute: d1_database_query worker_put container_exec execute
      delete irreversible: d1_database_delete r2_bucket_delete
      read: workers_get_worker_code
      receive untrusted: get_url_content_as_markdown get_url_html_content
    `,
  },
  {
    id: 'vercel',
    named: 'vercel, netlify, render, railway, fly, heroku, koyeb, northflank, coolify, dokploy, cloudways, hostinger',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      execute: deploy_to_vercel netlify-deploy-services-updater pg_psql ps_scale
      read untrusted: get_deployment_build_logs
      grant: get_access_to_vercel_url
      receive untrusted: web_fetch_vercel_url
      configure: netlify-project-services-updater update_environment_variables set-variables
      send: buy_domain
      read sensitive: list_variables
    `,
  },
  {
    id: 'kubernetes',
    named: 'kubernetes, k8s, kube, kubectl, openshift, argocd, argo cd, flux, helm, rancher',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      execute: kubectl_generic kubectl_apply kubectl_scale kubectl_rollout exec_in_pod port_forward
        node_management pods_exec pods_run sync_application
      delete: kubectl_delete uninstall_helm_chart resources_delete cleanup
      read: kubectl_get kubectl_describe
      read untrusted: kubectl_logs
      write: kubectl_patch resources_create_or_update
      install: install_helm_chart helm_install
      delete irreversible: delete_application
    `,
  },
  {
    id: 'terraform',
    named: 'terraform, pulumi, opentofu, ansible, spacelift, env0, crossplane, hashicorp, vault, consul, nomad',
    zone: 'other-host',
    reads: ['sensitive'],
    tools: `
      read: resolveProviderDocID get_provider_details pulumi-cli-preview
      execute: apply_run create_run pulumi-cli-up ExecuteTerraformCommand
      write: discard_run create_mount
      read sensitive: read_secret list_secrets
      write sensitive: write_secret
      delete irreversible: delete_mount
    `,
  },
  {
    id: 'ci',
    named: `
      circleci, jenkins, buildkite, teamcity, github actions, travis, bamboo, harness, semaphore, travis ci,
      depot
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      execute: run_pipeline rerun_workflow run_rollback_pipeline triggerBuild
      read untrusted: get_build_failure_logs getBuildLog
      read: find_flaky_tests
    `,
  },
  {
    id: 'models',
    named: `
      huggingface, hugging face, openai, anthropic, replicate, together, ollama, langchain, langsmith, wandb,
      mlflow
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      execute: hf_jobs gradio create_prediction dynamic_space
      read: model_search
      read untrusted: paper_search
    `,
  },
  {
    id: 'sandbox',
    named: `
      e2b, daytona, modal, runloop, code sandbox, codesandbox, python, code interpreter, jupyter, pydantic run
      python, code runner, riza
    `,
    zone: 'other-host',
    reads: [],
    tools: `
      execute: run_code run_python_code execute_code insert_execute_code_cell execute_cell
    `,
  },
  {
    id: 'security',
    named: `
      snyk, semgrep, sonarqube, socket, wiz, crowdstrike, falcon, sentinelone, virustotal, shodan, trivy,
      orca, tenable, panther, elastic security, cortex
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      read: semgrep_scan snyk_code_scan
      grant: snyk_trust
      write weakens: change_issue_status update_alert_status
    `,
  },
];
